// Chapter 10: the six steps on a network of 18 parameters, with its loss and its weights.
import { GREEN, GREY, ORANGE, clip, flow, measure, mount, number, range, signed } from "./canvas.js";

const LONGEST = "4 backward pass", CHIP = 32, GAP = 26, PLOT = 190, TIME = 104, AXIS = 46;
const course = s => s.data.courses[s.rate];
const now = s => course(s)[s.step];
const last = s => course(s).length - 1;
const units = s => now(s).parameters.length / 3;

function output(s, x) {
  const n = units(s), p = now(s).parameters;
  return range(n).reduce((sum, h) => sum + p[2 * n + h] * Math.tanh(x * p[h] + p[n + h]), 0);
}

// The six steps; curve and parameters; and below them the one timeline, all updates with the loss of each.
function layout(width) {
  const beside = 6 * (measure(LONGEST, { bold: true }) + 10) + 30 <= width;
  const across = beside ? 6 : width >= 330 ? 3 : 2, chip = (width - 6 * (across - 1)) / across;
  const chips = range(6).map(k => [(k % across) * (chip + 6), Math.floor(k / across) * (CHIP + 6)]);
  const top = chips[5][1] + CHIP + 30, apart = width >= 640, curve = apart ? Math.round(width * 0.38) : width, bars = apart ? width - curve - GAP : width;
  const { size, ...places } = flow({ curve: [curve, PLOT], bars: [bars, PLOT + 18] }, width, GAP, top);
  return { chip, chips, places, curve, bars, time: size[1] + 40, left: AXIS, wide: width - AXIS - 15, bottom: size[1] + 40 + TIME + 40 };
}

const scene = {
  room: 150,
  size: (s, width) => [width, layout(width).bottom],
  settle: s => ({ step: clip(s.step, 0, last(s)), phase: clip(s.phase, 1, 6) }),
  move(s, right, down) {
    if (down) return { step: s.step + down };
    if (right > 0) return s.phase < 6 ? { phase: s.phase + 1 } : s.step < last(s) ? { phase: 2, step: s.step + 1 } : null;
    return s.phase > (s.step ? 2 : 1) ? { phase: s.phase - 1 } : s.step ? { phase: 6, step: s.step - 1 } : null;
  },
  press: s => ({ step: s.step + 1 }),
  play: s => (s.step < last(s) ? { step: s.step + 1, phase: Math.max(2, s.phase) } : null),
  pick(s, x, y, width) {
    const { chips, chip, time, left, wide } = layout(width);
    const k = chips.findIndex(([cx, cy]) => x >= cx && x < cx + chip && y >= cy && y < cy + CHIP);
    if (k >= 0) return { phase: k + 1 };
    return y > time - 16 ? { step: Math.round(((x - left) / wide) * last(s)) } : null;
  },

  draw(pen, s) {
    const { chip, chips, places, curve, bars, time, left, wide } = layout(pen.width), { parameters, gradients } = now(s);
    s.data.names.forEach((name, k) => {
      const [x, y] = chips[k], chosen = k + 1 === s.phase;
      pen.box(x, y, chip, CHIP, { thick: chosen ? 4 : 1, faint: chosen ? 1 : 0.5 });
      pen.text(`${k + 1} ${name}`, x + chip / 2, y + CHIP / 2, { align: "center", bold: chosen, most: chip - 8 });
    });

    const [cx, cy] = places.curve, at = x => cx + ((x + 3.2) / 6.4) * curve, high = y => cy + ((2 - clip(y, -2, 2)) / 4) * PLOT;
    pen.text("y (line) and the samples (dots)", cx, cy - 12);
    pen.box(cx, cy, curve, PLOT, { faint: 0.4 });
    if (s.phase === 3) s.data.x.forEach((x, k) => pen.line([[at(x), high(s.data.target[k])], [at(x), high(output(s, x))]], { thick: 2 }));
    pen.line(range(61).map(k => [at(k / 10 - 3), high(output(s, k / 10 - 3))]), { colour: GREEN, thick: s.phase === 2 ? 5 : 3 });
    s.data.x.forEach((x, k) => pen.dot(at(x), high(s.data.target[k]), 3));

    const [bx, by] = places.bars, zero = by + PLOT / 2, each = bars / parameters.length, moves = s.phase === 4 || s.phase === 5;
    const tall = v => (clip(v, -2.5, 2.5) / 2.5) * (PLOT / 2 - 4);
    pen.text(`the ${parameters.length} parameters${moves ? ", and the way each goes" : ""}`, bx, by - 12);
    pen.box(bx, by, bars, PLOT, { faint: 0.4 });
    pen.line([[bx, zero], [bx + bars, zero]], { thick: 1 });
    parameters.forEach((p, k) => {
      const x = bx + k * each, from = zero - tall(p), move = -Number(s.rate) * gradients[k], edge = Math.max(1, each * 0.12);
      pen.box(x + edge, Math.min(zero, from), each - 2 * edge, Math.max(2, Math.abs(tall(p))), { fill: ORANGE, alpha: s.phase === 1 ? 0.8 : 0.45, edge: ORANGE });
      if (each >= 17 || k % 2 === 0) pen.text(`${"wbv"[Math.floor(k / units(s))]}${k % units(s)}`, x + each / 2, by + PLOT + 11, { size: 11, align: "center" });
      if (moves && Math.abs(move) > 0.004) {
        const to = zero - tall(p + move), sign = Math.sign(from - to) || 1;
        pen.arrow(x + each / 2, from, x + each / 2, Math.abs(from - to) < 11 ? from - 11 * sign : to, { colour: signed(gradients[k]), thick: s.phase === 5 ? 4 : 3 });
      }
    });

    const all = course(s), along = k => left + (k / last(s)) * wide;
    const up = v => time + ((1 - clip(Math.log10(Math.max(v, 1e-9)), -3, 1)) / 4) * TIME;
    const title = `loss after so many updates, at the learning rate ${s.rate}`;
    pen.text(pen.measure(title) > pen.width ? `loss after so many updates, rate ${s.rate}` : title, 0, time - 14);
    for (const v of [10, 0.1, 0.001]) {
      pen.text(number(v), left - 6, up(v), { size: 11, align: "right" });
      pen.line([[left, up(v)], [left + wide, up(v)]], { thick: 1, alpha: 0.15 });
    }
    for (const k of [0, 40, 80, 120]) pen.text(k, along(k), time + TIME + 14, { size: 11, align: "center" });
    pen.line(all.map((step, k) => [along(k), up(step.loss)]), { colour: GREY, thick: 1.5, dash: [3, 3] });
    if (s.step) pen.line(all.slice(0, s.step + 1).map((step, k) => [along(k), up(step.loss)]), { thick: 3 });
    pen.line([[along(s.step), time], [along(s.step), time + TIME]], { thick: 2 });
    pen.dot(along(s.step), up(now(s).loss), 7, { edge: pen.page });
    pen.text(`${s.step}`, along(s.step), time + TIME + 30, { align: "center", bold: true });
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
