// Chapter 13: one feature of a batch is normalised; drag a sample or its dy, and look at all the others.
import { GREEN, SKY, clip, decimals, mount, range, signed } from "./canvas.js";

const HIGHEST = 10, STEP = 0.5, HIGH = 150, HEAD = 30, FOOT = 22, EDGE = 6, GAP = 30, SIDE_BY_SIDE = 520;
const PANELS = ["x", "y", "dy", "dx"], TITLES = { x: "x: drag a bar", y: "y = γ x̂", dy: "dy: drag a bar", dx: "dx" };
const EPS = { "0": 0, "1": 1, "10": 10 };
const two = v => decimals(Math.floor(v * 100 + 0.5) / 100);
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

// Four panels, two beside each other or all below each other, and what each shows of its axis.
function layout(s, width) {
  const apart = width >= SIDE_BY_SIDE, wide = apart ? (width - 2 * EDGE - GAP) / 2 : width - 2 * EDGE;
  const most = { x: HIGHEST, y: 2.4 * Math.max(1, Math.abs(s.gamma)), dy: HIGHEST, dx: 3 };
  const panels = Object.fromEntries(PANELS.map((name, k) => {
    const [row, column] = apart ? [Math.floor(k / 2), k % 2] : [k, 0];
    const left = EDGE + column * (wide + GAP), top = HEAD + row * (HIGH + HEAD + FOOT);
    const at = v => top + (HIGH / 2) * (1 - clip(v / most[name], -1, 1));
    return [name, { left, top, at, column: wide / s.x.length }];
  }));
  return { panels, wide, bottom: HEAD + (apart ? 2 : 4) * (HIGH + HEAD + FOOT) - HEAD };
}

// The value at this height of a panel, a multiple of STEP.
const valueAt = (panel, y) => clip(Math.round((HIGHEST * (1 - (y - panel.top) / (HIGH / 2))) / STEP) * STEP, -HIGHEST, HIGHEST);
const put = (s, hand, sample, value) => ({ hand, sample, [hand]: s[hand].map((v, i) => (i === sample ? value : v)) });

const scene = {
  room: 330,
  size: (s, width) => [width, layout(s, width).bottom],
  settle(s) {
    const x = s.x.map(v => clip(v, -HIGHEST, HIGHEST)), dy = s.x.map((_, i) => clip(s.dy[i] ?? 0, -HIGHEST, HIGHEST));
    if (s.eps === "0" && x.every(v => v === x[0])) x[0] += x[0] < HIGHEST ? STEP : -STEP;
    return { x, dy, sample: clip(s.sample, 0, x.length - 1) };
  },
  move: (s, right, down) => (right ? { sample: s.sample + right } : put(s, s.hand, s.sample, s[s.hand][s.sample] - down * STEP)),
  press: s => ({ hand: s.hand === "x" ? "dy" : "x" }),
  pick(s, x, y, width) {
    const { panels, wide } = layout(s, width);
    for (const hand of ["x", "dy"]) {
      const p = panels[hand];
      if (x >= p.left && x < p.left + wide && y > p.top - 10 && y < p.top + HIGH + FOOT) {
        return put(s, hand, Math.floor((x - p.left) / p.column), valueAt(p, y));
      }
    }
    return null;
  },
  drag(s, x, y, width) {
    const p = layout(s, width).panels[s.hand];
    return y > p.top - 40 && y < p.top + HIGH + 40 ? put(s, s.hand, s.sample, valueAt(p, y)) : null;
  },

  draw(pen, s) {
    const { panels, wide } = layout(s, pen.width), { middle, std, y, dx } = work(s), now = { x: s.x, y, dy: s.dy, dx };
    const start = { ...s, x: s.data.x, dy: s.data.dy }, old = { ...work(start), x: start.x, dy: start.dy };
    const spread = Math.abs(s.gamma), bands = { x: [middle - std, middle, middle + std], y: [-spread, 0, spread] };
    for (const [name, { left, top, at, column }] of Object.entries(panels)) {
      const active = name === s.hand, fill = v => (name === "x" ? SKY : name === "y" ? GREEN : signed(v));
      pen.text(TITLES[name], left, top - 14, { size: 13, bold: active });
      pen.box(left, top, wide, HIGH, { faint: active ? 0.9 : 0.4, thick: active ? 2 : 1 });
      if (bands[name]) {
        const [low, line, high] = bands[name];
        pen.box(left, at(high), wide, Math.max(1, at(low) - at(high)), { fill: fill(0), alpha: 0.15, faint: 0.4, dash: [3, 3] });
        pen.line([[left, at(line)], [left + wide, at(line)]], { dash: [7, 4] });
        pen.text(name === "x" ? `mean ${two(middle)}, std ${two(std)}` : "", left + wide, top - 14, { size: 11, align: "right" });
      }
      if (name === "y") pen.text("dotted: at first", left + wide, top - 14, { size: 11, align: "right" });
      pen.line([[left, at(0)], [left + wide, at(0)]], { thick: 1, alpha: 0.5 });
      now[name].forEach((v, i) => {
        const x = left + i * column, before = old[name][i] ?? v, chosen = i === s.sample, end = at(v);
        pen.box(x + 7, Math.min(end, at(0)), column - 14, Math.max(2, Math.abs(end - at(0))), { fill: fill(v), alpha: 0.75, thick: chosen ? 3 : 1 });
        if (Math.abs(before - v) > 0.005) pen.line([[x + 3, at(before)], [x + column - 3, at(before)]], { thick: 2.5, dash: [2, 2] });
        const room = v < 0 ? top + HIGH - end : end - top, side = (v < 0 ? 1 : -1) * (room < 16 ? -1 : 1);
        pen.text(two(v), x + column / 2, end + 9 * side, { size: 11, align: "center", bold: chosen, halo: true });
        pen.text(i, x + column / 2, top + HIGH + 11, { size: 11, align: "center", bold: chosen, alpha: chosen ? 1 : 0.75 });
      });
    }
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
