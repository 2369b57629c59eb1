// Chapter 18: a recurrent network of one unit, unrolled; drag an input, turn the weight, and look at what comes back.
import { GREEN, SKY, clip, measure, mount, number, range, signed } from "./canvas.js";

const LEFT = 38, RIGHT = 8, NARROWEST = 25, WIDEST = 96, ROOMY = 62, DECADES = 6;
const Y = 28, HIGH = 34, X = 110, X_HIGH = 64, G = 252, SIZES = 324, SIZES_HIGH = 132, BOTTOM = SIZES + SIZES_HIGH + 24;
const MOST_TIMES = 20, MOST_WEIGHT = 30, MOST_INPUT = 100;
const INPUTS = [50, -30, 20, 10, -40, 30, -10, 40, -20, 30, -50, 20, 10, -30, 40, -20, 30, -10, 20, -40];

// The steps of the chapter, from the first time to the last and back.
function work(s) {
  const w = s.weight / 10, x = s.x.slice(0, s.times).map(v => (s.inputs === "zero" ? 0 : v / 100));
  const before = [], y = [], back = [], g = [], sent = [], share = [];
  let h = 0, r = 0, total = 0;
  for (const v of x) {
    before.push(h);
    h = Math.tanh(v + w * h);
    y.push(h);
  }
  const slope = y.map(v => 1 - v * v), dy = y.map((_, t) => (s.loss === "every time" || t === s.times - 1 ? 1 : 0));
  for (const t of range(s.times).reverse()) {
    back[t] = r;
    g[t] = dy[t] + r;
    const dz = g[t] * slope[t];
    share[t] = dz * before[t];
    r = w * dz;
    sent[t] = r;
    total += share[t];
  }
  return { x, before, y, slope, dy, back, g, sent, share, total };
}

// Three digits; what lies exactly between two numbers is rounded up, in Python as well.
const short = (v, digits = 3) => number(v * (1 + 1e-12), digits);
// The digits with which all these numbers fit into so wide a cell: 3, 2 or none.
const digitsThatFit = (values, wide) => [3, 2].find(d => values.every(v => measure(short(v, d), { size: 11, bold: true }) <= wide)) ?? 0;

const columnOf = (s, width) => clip((width - LEFT - RIGHT) / s.times, NARROWEST, WIDEST);
const timeAt = (s, x, width) => Math.floor((x - LEFT) / columnOf(s, width));
const inputAt = y => clip(Math.round((MOST_INPUT * (1 - (y - X) / (X_HIGH / 2))) / 5) * 5, -MOST_INPUT, MOST_INPUT);
const put = (s, time, value) => ({ time, inputs: "drawn", x: s.x.map((v, t) => (t === time ? value : v)) });
const place = v => SIZES + (SIZES_HIGH / 2) * (1 - clip(Math.log10(Math.abs(v)), -DECADES, DECADES) / DECADES);

const scene = {
  room: 430,
  size: (s, width) => [Math.max(280, LEFT + s.times * columnOf(s, width) + RIGHT), BOTTOM],
  says: { weight: s => number(s.weight / 10) },
  settle(s) {
    const x = s.x.map(v => clip(v, -MOST_INPUT, MOST_INPUT));
    return { x: [...x, ...INPUTS.slice(x.length)].slice(0, MOST_TIMES), time: clip(s.time, 0, s.times - 1) };
  },
  move: (s, right, down) => (right ? { time: s.time + right } : { weight: clip(s.weight - down, -MOST_WEIGHT, MOST_WEIGHT) }),
  press: s => ({ loss: s.loss === "last time" ? "every time" : "last time" }),
  pick(s, x, y, width) {
    const time = timeAt(s, x, width);
    if (time < 0 || time >= s.times) return null;
    return y >= X - 4 && y <= X + X_HIGH + 4 ? put(s, time, inputAt(y)) : { time };
  },
  drag: (s, x, y) => (y > X - 30 && y < X + X_HIGH + 30 ? put(s, s.time, inputAt(y)) : null),

  draw(pen, s) {
    const n = work(s), column = columnOf(s, pen.width), wide = Math.min(52, column - 12), digits = column >= ROOMY ? 3 : digitsThatFit([...n.y, ...n.g], wide - 3);
    const middle = t => LEFT + (t + 0.5) * column, end = LEFT + s.times * column;
    const weighted = v => clip(2.5 + Math.log10(Math.abs(v) || 1e-9), 0.75, 5);
    pen.text(`y: an arrow multiplies by ${number(s.weight / 10)}`, LEFT, 12, { size: 12, bold: true });
    pen.text("x: drag a bar", LEFT, X - 11, { size: 12, bold: true });
    pen.text("gradient of each y, coming back", LEFT, G - 32, { size: 12, bold: true });
    pen.text("its size, in powers of ten", LEFT, SIZES - 14, { size: 12, bold: true });

    pen.box(LEFT, X, end - LEFT, X_HIGH, { faint: 0.4 });
    pen.line([[LEFT, X + X_HIGH / 2], [end, X + X_HIGH / 2]], { thick: 1, alpha: 0.5 });
    pen.box(LEFT, SIZES, end - LEFT, SIZES_HIGH, { faint: 0.4 });
    for (const k of range(2 * DECADES - 1)) {
      const y = SIZES + ((k + 1) * SIZES_HIGH) / (2 * DECADES), one = k === DECADES - 1;
      pen.line([[LEFT, y], [end, y]], { thick: one ? 1.5 : 1, alpha: one ? 0.9 : 0.18 });
    }
    for (const [words, power] of [["10⁶", 6], ["1", 0], ["10⁻⁶", -6]]) {
      pen.text(words, LEFT - 5, SIZES + (SIZES_HIGH / 2) * (1 - power / DECADES), { size: 11, align: "right" });
    }

    for (const t of range(s.times)) {
      const x = middle(t), chosen = t === s.time, thick = chosen ? 3 : 1, left = x - wide / 2;
      const high = (n.x[t] * X_HIGH) / 2, foot = X + X_HIGH / 2;
      pen.box(left, Y, wide, HIGH, { fill: GREEN, alpha: 0.12 + 0.6 * Math.abs(n.y[t]), thick });
      pen.arrow(x, X - 22, x, Y + HIGH + 2, { thick: 1.5, alpha: 0.8 });
      if (t) pen.arrow(x - column + wide / 2 + 1, Y + HIGH / 2, left - 1, Y + HIGH / 2, { thick: 1.5 });
      pen.box(left, Math.min(foot, foot - high), wide, Math.max(2, Math.abs(high)), { fill: SKY, alpha: 0.75, thick });
      pen.text(t, x, X + X_HIGH + 12, { size: 11, align: "center", bold: chosen });

      if (n.dy[t]) pen.arrow(x, G - 20, x, G - 2, { thick: 2.5, colour: signed(1) });
      pen.box(left, G, wide, HIGH, { fill: n.g[t] ? signed(n.g[t]) : null, alpha: 0.45, thick });
      if (t && n.sent[t]) {
        pen.arrow(left - 1, G + HIGH / 2, x - column + wide / 2 + 1, G + HIGH / 2, { thick: weighted(n.sent[t]), colour: signed(n.sent[t]) });
      }
      if (digits) {
        pen.text(short(n.y[t], digits), x, Y + HIGH / 2, { size: column >= ROOMY ? 12 : 11, align: "center", bold: chosen });
        pen.text(short(n.g[t], digits), x, G + HIGH / 2, { size: 11, align: "center", bold: chosen, halo: true });
      }
      if (n.g[t]) {
        const one = SIZES + SIZES_HIGH / 2, top = place(n.g[t]);
        pen.box(left, Math.min(one, top), wide, Math.max(2, Math.abs(top - one)), { fill: signed(n.g[t]), alpha: 0.75, thick });
      }
      pen.text(t, x, SIZES + SIZES_HIGH + 12, { size: 11, align: "center", bold: chosen });
    }
    const words = short(Math.abs(n.g[s.time])), room = pen.measure(words, { size: 12, bold: true }) / 2 + 3;
    const top = place(n.g[s.time] || 1), side = Math.abs(n.g[s.time]) > 1 ? -1 : 1;
    pen.text(words, clip(middle(s.time), LEFT + room, Math.max(LEFT + room, end - room)), clip(top + 10 * side, SIZES + 8, SIZES + SIZES_HIGH - 8), { size: 12, align: "center", bold: true, halo: true });
  },

  caption(s) {
    const n = work(s), t = s.time, w = short(s.weight / 10), last = s.times - 1;
    const came = t < last ? `and ${short(n.back[t])} from time ${t + 1}` : "and nothing comes back";
    const earlier = t ? `time ${t - 1}` : "the state before time 0";
    return `Time ${t}: y = tanh(${short(n.x[t])} + ${w} · ${short(n.before[t])}) = ${short(n.y[t])}, with slope ` +
      `${short(n.slope[t])}. Its gradient is ${short(n.g[t])}: dy = ${short(n.dy[t])} ${came}. It sends ` +
      `${w} · ${short(n.slope[t])} · ${short(n.g[t])} = ${short(n.sent[t])} to ${earlier}. dw = ${short(n.total)}, of ` +
      `which time ${t} gives ${short(n.share[t])}. The gradient is ${short(n.g[last])} at time ${last} and ${short(n.g[0])} ` +
      "at time 0.";
  },
};

export { scene };
export default mount(scene);
