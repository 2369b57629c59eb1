// The way of one cell's gradient: which cells it reaches, which of them are open, and the numbers on the way.
import { decimals } from "./canvas.js";
import { SHAPES } from "./wayhome_network.js";

// The least and the largest row (or column) of each layer that depend on row (or column) k of x.
function span(k) {
  const conv1 = [Math.max(0, k - 4), Math.min(27, k)], pool1 = conv1.map(v => v >> 1);
  const conv2 = [Math.max(0, pool1[0] - 4), Math.min(9, pool1[1])];
  return { x: [k, k], conv1, pool1, conv2, pool2: conv2.map(v => v >> 1) };
}

// layer -> [first row, last row, first column, last column] of what x[row, column] reaches in each of its maps
export function reach({ row, column }) {
  const down = span(row), right = span(column);
  return Object.fromEntries(Object.keys(down).map(n => [n, [...down[n], ...right[n]]]));
}

// The cells of some maps in the cone, as numbers of a tensor.
export function cellsIn(name, [top, bottom, left, right], maps) {
  const [channels, h, width] = SHAPES[name], cells = [];
  for (let m = 0; m < channels; m++) {
    if (maps !== undefined && m !== maps) continue;
    for (let i = top; i <= bottom; i++) for (let j = left; j <= right; j++) cells.push((m * h + i) * width + j);
  }
  return cells;
}

const DEAD_ENDS = [
  [3, "relu2", "conv2", "step 3, pool2: no cell that it reaches won its window"],
  [4, "pool1", "pool1", "step 4, relu2 and conv2: every unit that it reaches is shut"],
  [5, "relu1", "conv1", "step 5, pool1: no cell that it reaches won its window"],
  [6, "", "", "step 6, relu1 and conv1: every unit that it reaches is shut"],
];

// The step after which nothing is left in what the cell reaches, of gradients g; in one map of conv1, if it is named.
export function deadEnd(s, g, map) {
  const cone = reach(s);
  const [step, , , words] = DEAD_ENDS.find(([, name, of]) =>
    !name || cellsIn(name, cone[of], name === "relu2" ? undefined : map).every(k => g[name][k] === 0));
  return { step, words };
}

// What one map of conv1 sends to the cell: a product for each window that used it, in the window's order.
export function products(s, run, map) {
  const list = [];
  for (let a = 0; a < 5; a++) for (let b = 0; b < 5; b++) {
    const i = s.row - 4 + a, j = s.column - 4 + b;
    if (i < 0 || j < 0 || i > 27 || j > 27) { list.push(null); continue; }
    const cell = (map * 28 + i) * 28 + j, w = run.w["conv1.weight"][map * 25 + (4 - a) * 5 + 4 - b], dy = run.g.conv1[cell];
    list.push({ i, j, u: 4 - a, v: 4 - b, cell, dy, w, product: dy * w, won: run.winners[cell] === 1 });
  }
  return list;
}

// What the six maps send, and what comes together.
export function sums(s, run) {
  const maps = Array.from({ length: 6 }, (_, map) => {
    const list = products(s, run, map).filter(Boolean);
    return { sum: list.reduce((t, p) => t + p.product, 0), sending: list.filter(p => p.dy !== 0).length, windows: list.length };
  });
  return { maps, all: maps.reduce((t, m) => t + m.sum, 0) };
}

// The window of conv1 that is followed: the one with the largest product, or else with the largest gradient before relu1.
export function followed(s, run) {
  const list = products(s, run, s.map).filter(Boolean);
  const size = p => [Math.abs(p.product), Math.abs(run.g.relu1[p.cell]), run.a.relu1[p.cell]];
  const before = (a, b) => { const k = a.findIndex((v, i) => v !== b[i]); return k >= 0 && a[k] > b[k]; };
  return list.reduce((best, p) => (before(size(p), size(best)) ? p : best));
}

// The products dy·w that conv2 sends to one cell of pool1, the largest first, and their sum.
export function productsAtPool1(run, map, i, j) {
  const list = [];
  for (let g = 0; g < 16; g++) for (let u = 0; u < 5; u++) for (let v = 0; v < 5; v++) {
    const a = i - u, b = j - v;
    if (a < 0 || b < 0 || a > 9 || b > 9) continue;
    const dy = run.g.conv2[(g * 10 + a) * 10 + b], w = run.w["conv2.weight"][((g * 6 + map) * 5 + u) * 5 + v];
    if (dy !== 0) list.push({ dy, w, product: dy * w, from: [g, a, b] });
  }
  return { list: list.sort((a, b) => Math.abs(b.product) - Math.abs(a.product)), sum: list.reduce((t, p) => t + p.product, 0) };
}

const units = (x, digits) => Number(x.toFixed(digits).replace(".", ""));

// The least number of digits from `least` to `most` with which the shown parts add up to the shown whole, or -1.
export function digitsOfSum(parts, whole, least, most) {
  for (let d = least; d <= most; d++) {
    if (parts.reduce((t, p) => t + units(p, d), 0) === units(whole, d)) return d;
  }
  return -1;
}

// Digits for parts and for their sum: the sum may have fewer, but it is the sum of what is shown.
export function digitsOfCells(parts, whole, least, most) {
  for (let d = least; d <= most; d++) for (let total = d; total >= Math.max(3, d - 2); total--) {
    const sum = parts.reduce((t, p) => t + units(p, d), 0) / 10 ** d;
    if (decimals(sum, total) === decimals(whole, total) && Math.abs(sum - whole) < 0.45 * 10 ** -total) return [d, total];
  }
  return [most, -1];
}

// The least number of digits with which decimals(a)·decimals(b), rounded, is decimals(a·b), or -1.
export function digitsOfProduct(a, b, least, most) {
  for (let d = least; d <= most; d++) {
    if (units(Number(a.toFixed(d)) * Number(b.toFixed(d)), d) === units(a * b, d)) return d;
  }
  return -1;
}

// Digits for a gradient: so many at least, or as many as show all but one of them after the zeros.
export const digitsOfGradient = (x, least = 4) =>
  (x === 0 || !Number.isFinite(x) ? least : Math.max(least, Math.min(12, Math.ceil(-Math.log10(Math.abs(x))) + least - 2)));

// Before, after and change with as many digits as make the difference right; write_change in wayhome.py.
export function change(before, after) {
  let d = 5;
  while (d < 12 && (units(after, d) - units(before, d) !== units(after - before, d) || Math.abs(units(after - before, d)) < 10)) d++;
  return [decimals(before, d), decimals(after, d), decimals(Math.abs(after - before), d)];
}
