// Chapter 10: the six steps on a network of 18 parameters, with its loss and its weights.
import { BLUE, GREEN, ORANGE, RED, SKY, clip, mount, number, range } from "./canvas.js";

const LIST = { x: 0, y: 16, width: 136, high: 31 }, CURVE = { x: 176, y: 22, width: 250, height: 180 };
const LOSS = { x: 484, y: 22, width: 232, height: 180 }, BARS = { x: 176, y: 232, width: 540, height: 96 };
const course = s => s.data.courses[s.rate];
const now = s => course(s)[s.step];
const last = s => course(s).length - 1;
const units = s => now(s).parameters.length / 3;

function output(s, x) {
  const n = units(s), p = now(s).parameters;
  return range(n).reduce((sum, h) => sum + p[2 * n + h] * Math.tanh(x * p[h] + p[n + h]), 0);
}

const scene = {
  size: () => [720, 340],
  settle: s => ({ step: clip(s.step, 0, last(s)), phase: clip(s.phase, 1, 6) }),
  move(s, right, down) {
    if (down) return { step: s.step + down };
    if (right > 0) return s.phase < 6 ? { phase: s.phase + 1 } : s.step < last(s) ? { phase: 2, step: s.step + 1 } : null;
    return s.phase > (s.step ? 2 : 1) ? { phase: s.phase - 1 } : s.step ? { phase: 6, step: s.step - 1 } : null;
  },
  press: s => ({ step: s.step + 1 }),
  play: s => (s.step < last(s) ? { step: s.step + 1, phase: Math.max(2, s.phase) } : null),
  pick(s, x, y) {
    const phase = Math.floor((y - LIST.y) / LIST.high) + 1;
    if (x < LIST.width) return phase >= 1 && phase <= 6 ? { phase } : null;
    return x > LOSS.x && y < LOSS.y + LOSS.height + 10 ? { step: Math.round(((x - LOSS.x) / LOSS.width) * last(s)) } : null;
  },

  draw(pen, s) {
    s.data.names.forEach((name, k) => {
      const y = LIST.y + k * LIST.high, chosen = k + 1 === s.phase;
      pen.box(LIST.x, y, LIST.width, LIST.high - 6, { fill: ORANGE, alpha: chosen ? 0.55 : 0.12, thick: chosen ? 3 : 1, faint: chosen ? 1 : 0.4 });
      pen.text(`${k + 1}  ${name}`, LIST.x + 10, y + (LIST.high - 6) / 2, { bold: chosen });
    });
    pen.text(`${s.step} updates made`, LIST.x + 10, LIST.y + 6 * LIST.high + 12, { size: 12 });

    const at = x => CURVE.x + ((x + 3.2) / 6.4) * CURVE.width, high = y => CURVE.y + ((2 - clip(y, -2, 2)) / 4) * CURVE.height;
    pen.text("y (line) and the samples", CURVE.x, CURVE.y - 10, { size: 11 });
    pen.box(CURVE.x, CURVE.y, CURVE.width, CURVE.height, { faint: 0.4 });
    if (s.phase === 3) s.data.x.forEach((x, k) => pen.line([[at(x), high(s.data.target[k])], [at(x), high(output(s, x))]], { colour: RED, thick: 2 }));
    pen.line(range(61).map(k => [at(k / 10 - 3), high(output(s, k / 10 - 3))]), { colour: BLUE, thick: s.phase === 2 ? 4 : 2.5 });
    s.data.x.forEach((x, k) => pen.dot(at(x), high(s.data.target[k]), 3, { fill: GREEN }));

    const all = course(s), left = k => LOSS.x + (k / last(s)) * LOSS.width;
    const top = v => LOSS.y + ((1 - clip(Math.log10(Math.max(v, 1e-9)), -3, 1)) / 4) * LOSS.height;
    pen.text(`loss, learning rate ${s.rate}`, LOSS.x, LOSS.y - 10, { size: 11 });
    pen.box(LOSS.x, LOSS.y, LOSS.width, LOSS.height, { faint: 0.4 });
    for (const v of [10, 1, 0.1, 0.01, 0.001]) {
      pen.text(number(v), LOSS.x - 6, top(v), { size: 10, align: "right" });
      pen.line([[LOSS.x, top(v)], [LOSS.x + LOSS.width, top(v)]], { thick: 1, alpha: 0.12 });
    }
    pen.line(all.map((step, k) => [left(k), top(step.loss)]), { thick: 1, alpha: 0.35, dash: [3, 3] });
    if (s.step) pen.line(all.slice(0, s.step + 1).map((step, k) => [left(k), top(step.loss)]), { colour: BLUE, thick: 2.5 });
    pen.dot(left(s.step), top(now(s).loss), 5, { fill: BLUE });

    const { parameters, gradients } = now(s), wide = BARS.width / parameters.length, zero = BARS.y + BARS.height / 2;
    const tall = v => (clip(v, -2.5, 2.5) / 2.5) * (BARS.height / 2);
    pen.text("the parameters, as bars" + (s.phase === 4 || s.phase === 5 ? ", with the way each will go" : ""), BARS.x, BARS.y - 8, { size: 11 });
    pen.line([[BARS.x, zero], [BARS.x + BARS.width, zero]], { thick: 1, alpha: 0.6 });
    parameters.forEach((p, k) => {
      const x = BARS.x + k * wide, from = zero - tall(p), move = -Number(s.rate) * gradients[k];
      pen.box(x + 4, Math.min(zero, from), wide - 8, Math.max(1.5, Math.abs(tall(p))), { fill: SKY, alpha: s.phase === 1 ? 0.8 : 0.5, faint: 0.5 });
      pen.text(`${"wbv"[Math.floor(k / units(s))]}${k % units(s)}`, x + wide / 2, BARS.y + BARS.height + 6, { size: 10, align: "center" });
      if ((s.phase === 4 || s.phase === 5) && Math.abs(move) > 0.004) {
        const to = zero - tall(p + move), sign = Math.sign(from - to) || 1;
        pen.arrow(x + wide / 2, from, x + wide / 2, Math.abs(from - to) < 9 ? from - 9 * sign : to, { colour: RED, thick: s.phase === 5 ? 3 : 2 });
      }
    });
  },

  caption(s) {
    const { parameters, gradients, loss } = now(s), count = parameters.length;
    const after = course(s)[Math.min(s.step + 1, last(s))].loss;
    return `Step ${s.phase}, ${s.data.names[s.phase - 1]}: ` + [
      `${count} numbers, drawn at random once; ${s.step} updates were made since.`,
      `the curve is y, from the parameters after ${s.step} updates.`,
      `the mean of the squared distances between curve and samples is ${number(loss)}.`,
      `${count} gradients, one for each bar, the largest ${number(Math.max(...gradients.map(Math.abs)))}. No parameter has moved.`,
      `each parameter moves by −${s.rate} times its gradient. The loss was ${number(loss)} and becomes ${number(after)}, ${after < loss ? "less" : "not less"}.`,
      `on with the forward pass, after ${s.step + 1} updates.`,
    ][s.phase - 1];
  },
};

export { scene };
export default mount(scene);
