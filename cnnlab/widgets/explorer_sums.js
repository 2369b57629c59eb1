// The arithmetic of the convolution explorer: which cells meet, their products, and the caption. Numbers are whole: x and dy
// as they are, w and everything that is multiplied by it in hundredths, so that every shown sum is exact.
import { clip, decimals, range, whole } from "./canvas.js";

// Rows and columns follow the same rule, so one axis is enough: row a of x meets weight u in output i.
export const outputs = s => Math.max(0, Math.floor((s.input + 2 * s.padding - s.dilation * (s.kernel - 1) - 1) / s.stride) + 1);
export const at = (s, i, u) => s.stride * i + s.dilation * u - s.padding;
export const uses = (s, a) => range(outputs(s)).flatMap(i => range(s.kernel).filter(u => at(s, i, u) === a).map(u => [i, u]));
export const pairs = (rows, columns) => rows.flatMap(r => columns.map(c => [r, c]));
export const outside = (s, a, e) => a < 0 || e < 0 || a >= s.input || e >= s.input;
export const isBackward = s => s.direction === "backward";

export const xAt = (s, a, e) => (outside(s, a, e) ? 0 : s.data.x[a][e]);
export const wAt = (s, u, v) => { const o = Math.floor((5 - s.kernel) / 2); return s.data.w[u + o][v + o]; };
export const dyAt = (s, i, j) => s.data.dy[i % 14][j % 14];
const sum = list => list.reduce((a, b) => a + b, 0);

// Every use that a cell of a grid has part in: [[i, u], [j, v]].
export function usesOf(s, grid, row, column) {
  if (grid === "x") return pairs(uses(s, row), uses(s, column));
  const [n, k] = [range(outputs(s)), range(s.kernel)];
  return grid === "y" ? pairs(k.map(u => [row, u]), k.map(v => [column, v])) : pairs(n.map(i => [i, row]), n.map(j => [j, column]));
}

// A use with its two factors and their product, as numbers and as words.
export function termOf(s, [[i, u], [j, v]], grid = s.grid) {
  const cell = [at(s, i, u), at(s, j, v)], x = xAt(s, ...cell), w = wAt(s, u, v), dy = dyAt(s, i, j);
  const [first, second, unit] = isBackward(s) ? (grid === "w" ? [x, dy, 1] : [dy, w, 100]) : [x, w, 100];
  const factor = unit === 1 ? whole(second) : decimals(second / 100);
  const words = `${first < 0 ? `(${whole(first)})` : first}·${second < 0 ? `(${factor})` : factor}`;
  return { cell, tap: [u, v], output: [i, j], product: first * second, unit, words, lost: outside(s, ...cell) };
}
export const terms = s => usesOf(s, s.grid, s.row, s.column).map(use => termOf(s, use));
export const write = (value, unit) => (unit === 1 ? whole(value) : decimals(value / 100));

// The sums and counts of all cells, from one pass over all products; kept until a size or the direction changes.
let kept = { key: "" };
function sumsOf(s) {
  const key = [s.input, s.kernel, s.stride, s.padding, s.dilation].join();
  if (kept.key === key) return kept;
  const n = outputs(s), square = m => range(m).map(() => Array(m).fill(0)), wide = s.input + 2 * s.padding, p = s.padding;
  kept = { key, y: square(n), dx: square(wide), dw: square(s.kernel), counts: { x: square(wide), w: square(s.kernel), y: square(n) } };
  for (const [i, j] of pairs(range(n), range(n))) {
    for (const [u, v] of pairs(range(s.kernel), range(s.kernel))) {
      const [a, e] = [at(s, i, u), at(s, j, v)], x = xAt(s, a, e), inside = outside(s, a, e) ? 0 : 1;
      kept.y[i][j] += x * wAt(s, u, v);
      kept.dx[a + p][e + p] += dyAt(s, i, j) * wAt(s, u, v);
      kept.dw[u][v] += x * dyAt(s, i, j);
      kept.counts.x[a + p][e + p] += 1;
      kept.counts.w[u][v] += inside;
      kept.counts.y[i][j] += inside;
    }
  }
  return kept;
}

// What a cell of a grid holds: its number and unit. In x and w that is a gradient, going backward.
export function valueAt(s, grid, row, column) {
  if (!isBackward(s)) return grid === "x" ? [xAt(s, row, column), 1] : grid === "w" ? [wAt(s, row, column), 100] : [sumsOf(s).y[row][column], 100];
  if (grid === "y") return [dyAt(s, row, column), 1];
  if (s.grid === "w") return grid === "x" ? [xAt(s, row, column), 1] : [sumsOf(s).dw[row][column], 1];
  return grid === "w" ? [wAt(s, row, column), 100] : [sumsOf(s).dx[row + s.padding][column + s.padding], 100];
}
export const countAt = (s, grid, row, column) => (grid === "x" ? sumsOf(s).counts.x[row + s.padding][column + s.padding] : sumsOf(s).counts[grid][row][column]);

// "row 2", "rows 1, 3" or, of neighbours, "rows −1 to 4".
function span(word, numbers) {
  const found = [...new Set(numbers)].sort((a, b) => a - b), [first, last] = [found[0], found.at(-1)];
  if (found.length === 1) return `${word} ${whole(first)}`;
  return `${word}s ${found.length > 3 && last - first === found.length - 1 ? `${whole(first)} to ${whole(last)}` : found.map(whole).join(", ")}`;
}
const place = ([a, b]) => `[${whole(a)}, ${whole(b)}]`;
const products = found => (found.length === 1 ? "one product" : `${found.length} products`);
const times = n => (n === 1 ? "once" : `${n} times`);
function write9(found, word) {
  const more = found.length - 9;
  const rest = more > 0 ? ` + ${more} more` : "";
  return found.slice(0, 9).map(word).join(" + ") + rest;
}
function lostWords(lost, all, what) {
  if (!lost) return "";
  if (lost === all) return ` ${all === 1 ? "The cell is" : "All of the cells are"} padding, ${what}.`;
  return ` ${lost} of the cells ${lost === 1 ? "is" : "are"} padding, ${what}.`;
}

export function caption(s) {
  const out = outputs(s), { input, kernel, stride, padding, dilation } = s;
  const size = `⌊(${input} + 2·${padding} − ${dilation}·(${kernel} − 1) − 1)/${stride}⌋ + 1`;
  if (!out) return `The kernel spans ${dilation * (kernel - 1) + 1} rows and the padded image has ${input + 2 * padding}: no window fits, and there is no output.`;
  return `Output rows: ${size} = ${out}. ${(s.shows === "counts" ? counted : { x: ofInput, w: ofWeight, y: ofOutput }[s.grid])(s)}`;
}

function ofOutput(s) {
  const found = terms(s), name = `y${place([s.row, s.column])}`, all = found.length;
  const where = `${span("row", found.map(t => t.cell[0]))} and ${span("column", found.map(t => t.cell[1]))}`;
  const lost = found.filter(t => t.lost).length, total = sum(found.map(t => t.product));
  const cells = all === 1 ? "one cell" : `${all} cells`;
  if (!isBackward(s)) return `${name} = ${write9(found, t => t.words)} = ${write(total, 100)}: ${products(found)} of a cell of x and a weight. It uses ${cells}, in ${where}.${lostWords(lost, all, "with the value 0")}`;
  return `d${name} = ${whole(dyAt(s, s.row, s.column))} times a weight is added to ${cells} of dx, in ${where}.${lostWords(lost, all, "and cropped away")}`;
}

function ofInput(s) {
  const found = terms(s), name = `x${place([s.row, s.column])}`, back = isBackward(s), padding = outside(s, s.row, s.column);
  const start = padding ? `${name} is padding${back ? ", and what arrives there is cropped away" : ", with the value 0"}. ` : "";
  if (!found.length) return `${start}No output uses ${name}${back ? `: d${name} = 0` : ""}.`;
  if (back) return `${start}d${name} = ${write9(found, t => t.words)} = ${write(sum(found.map(t => t.product)), 100)}: ${products(found)}, one for every output that used ${name}.`;
  const more = found.length > 9 ? ` and ${found.length - 9} more` : "";
  return `${start}${name} = ${xAt(s, s.row, s.column)} is used ${times(found.length)}: ${found.slice(0, 9).map(t => `${t.words} in y${place(t.output)}`).join(", ")}${more}.`;
}

function ofWeight(s) {
  const found = terms(s), name = `w${place([s.row, s.column])}`, all = found.length, lost = found.filter(t => t.lost).length;
  const rows = span("row", found.map(t => t.cell[0])), columns = span("column", found.map(t => t.cell[1]));
  const met = `${all === 1 ? "one cell" : `${all} cells`} of x, in ${rows} and ${columns}`;
  const holes = s.stride > 1 && all > 1 ? ` Between them are holes, since the stride is ${s.stride}.` : "";
  const end = `${holes}${lostWords(lost, all, "with the value 0")}`;
  if (!isBackward(s)) return `${name} = ${decimals(wAt(s, s.row, s.column) / 100)} meets ${met}: one in every window.${end}`;
  return `d${name} = ${write9(found, t => t.words)} = ${whole(sum(found.map(t => t.product)))}: ${products(found)} of a cell that ${name} met and the gradient of that output. It met ${met}.${end}`;
}

function counted(s) {
  const found = terms(s), name = `${s.grid}${place([s.row, s.column])}`, n = countAt(s, s.grid, s.row, s.column);
  const padding = s.grid === "x" && outside(s, s.row, s.column) ? `${name} is padding. ` : "";
  if (s.grid === "x") {
    const more = found.length > 9 ? ` and ${found.length - 9} more` : "";
    const with_ = found.slice(0, 9).map(t => `y${place(t.output)} with w${place(t.tap)}`).join(", ");
    return found.length ? `${padding}${name} is used ${times(n)}, by ${with_}${more}.` : `${padding}No output uses ${name}.`;
  }
  const cells = n === 1 ? "one cell" : `${n} cells`, lost = found.length - n;
  const rest = lost ? `, and ${lost} of padding` : "";
  return s.grid === "w" ? `${name} meets ${cells} of x${rest}: one cell in each of the ${outputs(s) ** 2} windows.` : `${name} uses ${cells} of x${rest}: one for each of the ${s.kernel ** 2} weights.`;
}

// Rows and columns that a chosen cell of each grid may have.
export function settle(s) {
  const out = outputs(s), grid = out ? s.grid : "x";
  const [least, most] = { x: [-s.padding, s.input + s.padding - 1], w: [0, s.kernel - 1], y: [0, out - 1] }[grid];
  return { grid, row: clip(s.row, least, most), column: clip(s.column, least, most) };
}
