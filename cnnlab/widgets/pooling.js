// Chapter 9: which cell of a window wins, what overlapping windows add up, and how a mean is shared.
import { BLUE, GREEN, ORANGE, PINK, SKY, clip, mount, number, range, whole } from "./canvas.js";

const ROWS = 6, TOP = 38;
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

function layout(s) {
  const out = outputs(s), side = Math.min(28, Math.floor(700 / (2 * ROWS + 2 * out + 5)));
  const x = 20, y = x + (ROWS + 1.4) * side, dy = y + (out + 1.4) * side, dx = dy + (out + 1.4) * side;
  return { out, side, x, y, dy, dx };
}

const scene = {
  size: s => [720, TOP + Math.max(ROWS, outputs(s)) * layout(s).side + 30],
  settle(s) {
    const most = (s.grid === "x" ? ROWS : outputs(s)) - 1;
    return { row: clip(s.row, 0, most), column: clip(s.column, 0, most) };
  },
  move: (s, right, down) => ({ row: s.row + down, column: s.column + right }),
  press: s => ({ grid: s.grid === "x" ? "y" : "x" }),
  pick(s, px, py) {
    const places = layout(s), row = Math.floor((py - TOP) / places.side);
    for (const [name, grid, rows] of [["x", "x", ROWS], ["y", "y", places.out], ["dy", "y", places.out], ["dx", "x", ROWS]]) {
      const column = Math.floor((px - places[name]) / places.side);
      if (row >= 0 && row < rows && column >= 0 && column < rows) return { grid, row, column };
    }
    return null;
  },

  draw(pen, s) {
    const places = layout(s), { out, side } = places, chosen = [s.row, s.column], y = s.grid === "y";
    const marked = y ? windowOf(s, ...chosen) : [chosen], users = y ? [chosen] : windowsOf(s, chosen);
    const winners = s.kind === "max" ? all(out).map(([i, j]) => winner(s, i, j)) : [];
    const own = y ? winners.length ? [winner(s, ...chosen)] : marked : [chosen];
    const size = Math.max(9, Math.min(12, side * 0.42));

    function grid(name, rows, fill, text, framed, edge, strong) {
      const left = places[name];
      pen.text(name, left, 10);
      for (const k of range(rows)) {
        pen.text(k, left - 4, TOP + (k + 0.5) * side, { size: 9, align: "right", alpha: 0.7 });
        pen.text(k, left + (k + 0.5) * side, TOP - 8, { size: 9, align: "center", alpha: 0.7 });
      }
      for (const cell of all(rows)) {
        const [px, py] = [left + cell[1] * side, TOP + cell[0] * side], bold = strong.some(other => same(cell, other));
        pen.cell(px, py, side, { fill, alpha: bold ? 0.6 : 0.2, text: text(cell), bold, size });
        if (framed.some(other => same(cell, other))) pen.box(px, py, side, side, { edge: same(cell, chosen) && (name.endsWith("y") === y) ? pen.ink : edge, thick: 3 });
      }
    }
    grid("x", ROWS, SKY, cell => at(s, cell), marked, ORANGE, winners);
    grid("y", out, GREEN, ([i, j]) => number(value(s, i, j), 2), users, BLUE, []);
    grid("dy", out, GREEN, ([i, j]) => whole(s.data.dy[i][j]), users, BLUE, []);
    grid("dx", ROWS, PINK, cell => number(gradient(s, cell), 2), y ? own : marked, ORANGE, winners.length ? all(ROWS).filter(cell => gradient(s, cell)) : []);
    const below = TOP + Math.max(ROWS, out) * side + 14;
    pen.arrow(places.x + ROWS * side - 40, below, places.y + 40, below, { colour: ORANGE, thick: 2 });
    pen.arrow(places.dy + 40, below, places.dx + 40, below, { colour: PINK, thick: 2 });
  },

  caption: s => (s.grid === "y" ? ofWindow(s) : ofCell(s)),
};

function ofWindow(s) {
  const [i, j] = [s.row, s.column], inside = windowOf(s, i, j), dy = s.data.dy[i][j], cells = s.kernel ** 2;
  if (s.kind === "average") {
    return `y[${i}, ${j}] = ${number(value(s, i, j))} is the mean of ${cells} cells, ${cells - inside.length} of them padding. ` +
      `Each gets the same share of dy[${i}, ${j}] = ${dy}: ${dy}/${cells} = ${number(dy / cells)}.`;
  }
  const best = winner(s, i, j), ties = inside.filter(cell => at(s, cell) === at(s, best)).length;
  const tied = ties === 1 ? "it is the only one" : `${ties} cells have it, and the first in reading order wins`;
  return `y[${i}, ${j}] = ${at(s, best)} is the largest of its window; ${tied}. All of dy[${i}, ${j}] = ${dy} goes to x[${best.join(", ")}], and nothing to the rest.`;
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
