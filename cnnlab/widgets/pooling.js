// Chapter 9: which cell of a window wins, what overlapping windows add up, and how a mean is shared.
import { GREEN, PINK, SKY, clip, decimals, measure, mount, number, range, whole } from "./canvas.js";

const ROWS = 6, TOP = 42, LEFT = 22, GAP = 34, LARGEST = 44;
const outputs = s => Math.floor((ROWS + 2 * s.padding - s.kernel) / s.stride) + 1;
const all = n => range(n).flatMap(i => range(n).map(j => [i, j]));
const same = ([a, e], [b, f]) => a === b && e === f;

function windowOf(s, i, j) {
  const [top, left] = [i, j].map(o => s.stride * o - s.padding);
  return all(s.kernel).map(([u, v]) => [top + u, left + v]).filter(([a, e]) => a >= 0 && e >= 0 && a < ROWS && e < ROWS);
}
const at = (s, [a, e]) => s.data.x[a][e];
const winner = (s, i, j) => windowOf(s, i, j).reduce((best, cell) => (at(s, cell) > at(s, best) ? cell : best));
const windowsOf = (s, cell) => all(outputs(s)).filter(([i, j]) => windowOf(s, i, j).some(other => same(cell, other)));

function value(s, i, j) {
  if (s.kind === "max") return at(s, winner(s, i, j));
  return windowOf(s, i, j).reduce((sum, cell) => sum + at(s, cell), 0) / s.kernel ** 2;
}
function gradient(s, cell) {
  const from = windowsOf(s, cell).filter(([i, j]) => s.kind !== "max" || same(winner(s, i, j), cell));
  const sum = from.reduce((total, [i, j]) => total + s.data.dy[i][j], 0);
  return s.kind === "max" ? sum : sum / s.kernel ** 2;
}

// x and y above dx and dy where the width allows it; otherwise all in a row, or below each other.
function layout(s, width) {
  const out = outputs(s), inRow = Math.floor((width - 4 * LEFT - 3 * GAP) / (2 * ROWS + 2 * out));
  const square = Math.floor((width - 2 * LEFT - GAP) / (ROWS + out));
  const side = Math.min(LARGEST, inRow >= 32 ? inRow : square >= 26 ? square : Math.floor((width - LEFT) / Math.max(ROWS, out)));
  const [x, y] = [ROWS, out].map(n => LEFT + n * side), high = TOP + Math.max(ROWS, out) * side, top = high + 14;
  const places = inRow >= 32 ? { x: [0, 0], y: [x + GAP, 0], dy: [x + y + 2 * GAP, 0], dx: [x + 2 * y + 3 * GAP, 0] }
    : square >= 26 ? { x: [0, 0], y: [x + GAP, 0], dx: [0, top], dy: [x + GAP, top] }
      : { x: [0, 0], y: [0, top], dy: [0, 2 * top], dx: [0, 3 * top] };
  return { out, side, places, bottom: Math.max(...Object.values(places).map(p => p[1])) + high };
}
const GRIDS = { x: ["x", SKY], y: ["y", GREEN], dy: ["y", PINK], dx: ["x", PINK] };

const scene = {
  room: 210,
  size: (s, width) => [width, layout(s, width).bottom + 8],
  settle(s) {
    const most = (s.grid === "x" ? ROWS : outputs(s)) - 1;
    return { row: clip(s.row, 0, most), column: clip(s.column, 0, most) };
  },
  move: (s, right, down) => ({ row: s.row + down, column: s.column + right }),
  press: s => ({ grid: s.grid === "x" ? "y" : "x" }),
  pick(s, px, py, width) {
    const { places, side, out } = layout(s, width);
    for (const [name, [left, top]] of Object.entries(places)) {
      const row = Math.floor((py - top - TOP) / side), column = Math.floor((px - left - LEFT) / side), grid = GRIDS[name][0];
      const rows = grid === "x" ? ROWS : out;
      if (row >= 0 && row < rows && column >= 0 && column < rows) return { grid, row, column };
    }
    return null;
  },

  draw(pen, s) {
    const { out, side, places } = layout(s, pen.width), chosen = [s.row, s.column], ofY = s.grid === "y", max = s.kind === "max";
    const windows = ofY ? [chosen] : windowsOf(s, chosen), reached = ([i, j]) => (max ? [winner(s, i, j)] : windowOf(s, i, j));
    const cells = ofY ? windowOf(s, ...chosen) : [chosen];
    const senders = ofY ? windows : windows.filter(w => reached(w).some(cell => same(cell, chosen)));
    const framed = { x: cells, y: windows, dy: senders, dx: ofY ? reached(chosen) : [chosen] };
    const winners = max ? all(out).map(([i, j]) => winner(s, i, j)) : [];
    const rules = { x: cell => at(s, cell), y: ([i, j]) => value(s, i, j), dy: ([i, j]) => s.data.dy[i][j], dx: cell => gradient(s, cell) };
    const rowsOf = name => (GRIDS[name][0] === "x" ? ROWS : out);
    const held = Object.fromEntries(Object.entries(rules).map(([name, rule]) => [name, all(rowsOf(name)).map(rule)]));
    const values = Object.fromEntries(Object.keys(rules).map(name => [name, ([i, j]) => held[name][i * rowsOf(name) + j]]));
    const spot = (name, [row, column]) => [places[name][0] + LEFT + (column + 0.5) * side, places[name][1] + TOP + (row + 0.5) * side];

    for (const [name, [grid, fill]] of Object.entries(GRIDS)) {
      const [left, top] = places[name], rows = grid === "x" ? ROWS : out;
      const most = Math.max(...held[name]);
      pen.text(name, left, top + 9, { bold: true });
      for (const cell of all(rows)) {
        const px = left + LEFT + cell[1] * side, py = top + TOP + cell[0] * side, marked = framed[name].some(other => same(cell, other));
        pen.cell(px, py, side, { fill, alpha: (marked ? 0.25 : 0.08) + 0.35 * values[name](cell) / most });
        const own = same(cell, chosen) && grid === s.grid;
        if (marked) pen.box(px, py, side, side, { edge: own ? pen.ink : fill, thick: own ? 4 : 3 });
      }
    }
    const arc = (from, to, look) => pen.arrow(...shorten(to, from, side * 0.35), ...shorten(from, to, side * 0.35), { bend: Math.min(40, Math.hypot(to[0] - from[0], to[1] - from[1]) / 8), ...look });
    if (max) for (const w of all(out)) arc(spot("dy", w), spot("dx", winner(s, ...w)), { colour: PINK, thick: 1, alpha: 0.4 });
    for (const w of senders) {
      const goals = ofY ? reached(w) : [chosen];
      for (const cell of goals) arc(spot("dy", w), spot("dx", cell), { colour: PINK, thick: max ? 3 : 1.5 });
    }
    for (const w of max ? senders : []) arc(spot("x", winner(s, ...w)), spot("y", w), { colour: GREEN, thick: 2 });

    for (const [name, [grid]] of Object.entries(GRIDS)) {
      const rows = grid === "x" ? ROWS : out, [left, top] = places[name];
      for (const k of range(rows)) {
        pen.text(k, left + LEFT - 5, top + TOP + (k + 0.5) * side, { size: 11, align: "right", halo: true });
        pen.text(k, left + LEFT + (k + 0.5) * side, top + TOP - 9, { size: 11, align: "center", halo: true });
      }
      const size = side < 34 ? 11 : 13, write = writing(held[name], side - 3, size);
      for (const cell of all(rows)) {
        const bold = framed[name].some(other => same(cell, other)) || (name === "x" && winners.some(other => same(cell, other)));
        pen.text(write(values[name](cell)), ...spot(name, cell), { size, align: "center", bold, halo: true });
      }
    }
  },

  caption: s => (s.grid === "y" ? ofWindow(s) : ofCell(s)),
};

// How far an arrow goes that ends before the middle of a cell.
function shorten([x0, y0], [x1, y1], by) {
  const part = Math.max(0, 1 - by / (Math.hypot(x1 - x0, y1 - y0) || 1));
  return [x0 + (x1 - x0) * part, y0 + (y1 - y0) * part];
}

// How to write the numbers of a grid: whole, or with as many decimals as fit into every cell.
function writing(values, width, size) {
  if (values.every(Number.isInteger)) return whole;
  const word = places => value => (value ? decimals(value, places) : "0");
  return word([2, 1].find(places => values.every(v => measure(word(places)(v), { size, bold: true }) <= width)) ?? 0);
}

function ofWindow(s) {
  const [i, j] = [s.row, s.column], inside = windowOf(s, i, j), dy = s.data.dy[i][j], cells = s.kernel ** 2;
  if (s.kind === "average") {
    const lost = cells - inside.length, padding = lost ? `, of which ${lost} ${lost === 1 ? "is" : "are"} padding and 0` : "";
    return `y[${i}, ${j}] = (${inside.map(cell => at(s, cell)).join(" + ")})/${cells} = ${number(value(s, i, j))} is the mean of ${cells} cells${padding}. ` +
      `Each gets the same share of dy[${i}, ${j}] = ${dy}: ${dy}/${cells} = ${number(dy / cells)}.`;
  }
  const best = winner(s, i, j), ties = inside.filter(cell => at(s, cell) === at(s, best)).length;
  const tied = ties === 1 ? "it is the only one" : `${ties} cells have it, and the first in reading order wins`;
  return `y[${i}, ${j}] = ${at(s, best)} is the largest of its window; ${tied}. All of dy[${i}, ${j}] = ${dy} goes to x[${best.join(", ")}], and nothing to the others.`;
}

function ofCell(s) {
  const cell = [s.row, s.column], name = `[${cell.join(", ")}]`, found = windowsOf(s, cell), total = number(gradient(s, cell));
  if (!found.length) return `x${name} lies in no window: dx${name} = 0.`;
  const lies = found.length === 1 ? "one window" : `${found.length} windows`;
  if (s.kind === "average") {
    const terms = found.map(([i, j]) => s.data.dy[i][j]).join(" + ");
    return `x${name} lies in ${lies}, and each sends its dy divided by ${s.kernel ** 2}: dx${name} = (${terms})/${s.kernel ** 2} = ${total}.`;
  }
  const won = found.filter(([i, j]) => same(winner(s, i, j), cell));
  if (!won.length) return `x${name} = ${at(s, cell)} lies in ${lies} and wins none of them: dx${name} = 0.`;
  return `x${name} = ${at(s, cell)} lies in ${lies} and wins ${won.length}: dx${name} = ${won.map(([i, j]) => `dy[${i}, ${j}]`).join(" + ")} = ${total}.`;
}

export { scene };
export default mount(scene);
