// Chapter 13: one feature of a batch is normalised; drag a sample or its dy, and look at all the others.
import { GREEN, ORANGE, PINK, SKY, clip, mount, range } from "./canvas.js";

const HIGHEST = 10, STEP = 0.5, WIDE = 318, HIGH = 150;
const PANELS = {
  x: { left: 20, top: 34, most: HIGHEST, fill: SKY, words: "x: drag a bar" },
  y: { left: 392, top: 34, most: 2.4, fill: GREEN, words: "y = γ x̂" },
  dy: { left: 20, top: 234, most: HIGHEST, fill: ORANGE, words: "dy: drag a bar" },
  dx: { left: 392, top: 234, most: 5, fill: PINK, words: "dx" },
};
const EPS = { "0": 0, "0.00001": 0.00001, "1": 1 };
const two = v => (Math.floor(v * 100 + 0.5) / 100).toFixed(2).replace("-0.00", "0.00").replace("-", "−");
const list = values => `(${values.map(two).join(", ")})`;
const add = values => values.reduce((total, v) => total + v, 0);
const mean = values => add(values) / values.length;

// The steps of the chapter, one line each.
function work(s) {
  const middle = mean(s.x), centred = s.x.map(v => v - middle);
  const std = Math.sqrt(mean(centred.map(c => c * c)) + EPS[s.eps]), hat = centred.map(c => c / std);
  const y = hat.map(h => s.gamma * h), d = s.dy.map(v => s.gamma * v);
  const first = mean(d), second = mean(d.map((v, i) => v * hat[i]));
  const dx = d.map((v, i) => (v - first - hat[i] * second) / std);
  return { middle, std, hat, y, dx };
}

const most = (name, s) => (name === "y" ? PANELS.y.most * Math.max(1, Math.abs(s.gamma)) : PANELS[name].most);
const column = (p, i, s) => p.left + (i * WIDE) / s.x.length;
const height = (name, v, s) => PANELS[name].top + (HIGH / 2) * (1 - clip(v / most(name, s), -1, 1));

const scene = {
  size: () => [720, 420],
  settle(s) {
    const x = s.x.map(v => clip(v, -HIGHEST, HIGHEST)), dy = s.x.map((_, i) => clip(s.dy[i] ?? 0, -HIGHEST, HIGHEST));
    if (s.eps === "0" && x.every(v => v === x[0])) x[0] += x[0] < HIGHEST ? STEP : -STEP;
    return { x, dy, sample: clip(s.sample, 0, x.length - 1) };
  },
  move(s, right, down) {
    if (right) return { sample: s.sample + right };
    return { [s.hand]: s[s.hand].map((v, i) => (i === s.sample ? v - down * STEP : v)) };
  },
  press: s => ({ hand: s.hand === "x" ? "dy" : "x" }),
  pick(s, x, y) {
    const hand = y < 210 ? "x" : "dy", p = PANELS[hand];
    if (x < p.left || x >= p.left + WIDE || y < p.top - 12 || y > p.top + HIGH + 12) return null;
    const sample = Math.floor(((x - p.left) / WIDE) * s.x.length);
    const value = Math.round((HIGHEST * (1 - (y - p.top) / (HIGH / 2))) / STEP) * STEP;
    return { hand, sample, [hand]: s[hand].map((v, i) => (i === sample ? clip(value, -HIGHEST, HIGHEST) : v)) };
  },

  draw(pen, s) {
    const { middle, std, y, dx } = work(s), now = { x: s.x, y, dy: s.dy, dx };
    const start = { ...s, x: s.data.x, dy: s.data.dy }, first = { x: start.x, dy: start.dy, ...work(start) };
    for (const [name, p] of Object.entries(PANELS)) {
      const at = v => height(name, v, s), wide = WIDE / s.x.length;
      const active = name === s.hand;
      pen.text(p.words, p.left, p.top - 18, { size: 13, bold: active });
      pen.box(p.left, p.top, WIDE, HIGH, { faint: active ? 0.9 : 0.4, thick: active ? 2 : 1 });
      const band = name === "x" ? [middle - std, middle + std] : name === "y" ? [-Math.abs(s.gamma), Math.abs(s.gamma)] : null;
      if (band) {
        pen.box(p.left, at(band[1]), WIDE, at(band[0]) - at(band[1]), { fill: p.fill, alpha: 0.15, edge: pen.ink, faint: 0.3, dash: [3, 3] });
        const line = name === "x" ? middle : 0;
        pen.line([[p.left, at(line)], [p.left + WIDE, at(line)]], { thick: 1.5, dash: [7, 4] });
      }
      pen.line([[p.left, at(0)], [p.left + WIDE, at(0)]], { thick: 1, alpha: 0.5 });
      range(s.x.length).forEach(i => {
        const left = column(p, i, s), v = now[name][i], old = first[name]?.[i] ?? v, up = v >= 0, chosen = i === s.sample;
        pen.box(left + 8, Math.min(at(v), at(0)), wide - 16, Math.max(1.5, Math.abs(at(v) - at(0))), { fill: p.fill, alpha: 0.75, thick: chosen ? 3 : 1 });
        if (Math.abs(old - v) > 0.005) pen.line([[left + 4, at(old)], [left + wide - 4, at(old)]], { thick: 2.5, dash: [2, 2] });
        const below = up && at(v) - p.top < 14 ? at(v) + 10 : !up && p.top + HIGH - at(v) < 14 ? at(v) - 10 : at(v) + (up ? -8 : 9);
        pen.text(two(v), left + wide / 2, below, { size: 11, align: "center", bold: chosen });
        pen.text(i, left + wide / 2, p.top + HIGH + 11, { size: 10, align: "center", bold: chosen, alpha: chosen ? 1 : 0.7 });
      });
    }
    pen.text("mean and mean ± std, dashed", PANELS.x.left + WIDE, 16, { size: 11, align: "right", alpha: 0.8 });
    pen.text("dotted marks: where it was", PANELS.y.left + WIDE, 16, { size: 11, align: "right", alpha: 0.8 });
    pen.text("sample", 355, PANELS.x.top + HIGH + 11, { size: 10, align: "center", alpha: 0.7 });
    pen.text("sample", 355, PANELS.dy.top + HIGH + 11, { size: 10, align: "center", alpha: 0.7 });
  },

  caption(s) {
    const { middle, std, hat, y, dx } = work(s);
    return `Sample ${s.sample} has x = ${two(s.x[s.sample])} and dy = ${two(s.dy[s.sample])}. The batch has mean ` +
      `${two(middle)} and standard deviation ${two(std)}. y = ${list(y)}. dx = ${list(dx)}; its entries add up to ` +
      `${two(add(dx))}, and times x̂ to ${two(add(dx.map((v, i) => v * hat[i])))}.`;
  },
};

export { scene };
export default mount(scene);
