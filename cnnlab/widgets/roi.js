// Chapter 15: a box over a feature map; which cells it reads, by rounding or between cells, and what comes back.
import { GREEN, ORANGE, PINK, SKY, clip, decimals, mount, number, range } from "./canvas.js";

const ROWS = 6, COLUMNS = 7, BINS = 2, PART = 8, WHOLE = 64, TOP = 42, LEFT = 22, GAP = 34, LARGEST = 46, SMALL = 36;
const all = (rows, columns) => range(rows).flatMap(i => range(columns).map(j => [i, j]));
const BINS_OF_BOX = all(BINS, BINS);
const same = ([a, e], [b, f]) => a === b && e === f;
const write = value => (value % WHOLE === 0 ? String(value / WHOLE) : decimals(Math.floor((value * 100) / WHOLE + 0.5) / 100));

// First and last row and column of the rounded box; halves are rounded up.
const ends = s => [[s.top, s.high], [s.left, s.wide]].map(([at, size]) => [at + 4, at + 4 * size + 4].map(v => Math.floor(v / PART)));
const edges = (s, bin) => ends(s).map(([first, last], k) => {
  const cells = last - first + 1;
  return [first + Math.floor((bin[k] * cells) / BINS), first + Math.ceil(((bin[k] + 1) * cells) / BINS) - 1];
});
function winner(s, bin) {
  const [[top, bottom], [left, right]] = edges(s, bin);
  const cells = all(bottom - top + 1, right - left + 1).map(([a, e]) => [top + a, left + e]);
  return cells.reduce((best, cell) => (s.data.x[cell[0]][cell[1]] > s.data.x[best[0]][best[1]] ? cell : best));
}
// The point of a bin, [row, column] in eighths of a cell; and the cells that a bin reads, with their weights in 64ths.
const point = (s, [i, j]) => [s.top + (2 * i + 1) * s.high, s.left + (2 * j + 1) * s.wide];
function weights(s, bin) {
  if (s.kind === "max pooling") return [[winner(s, bin), WHOLE]];
  const [[row, down], [column, right]] = point(s, bin).map(v => [Math.floor(v / PART), v % PART]);
  return all(2, 2).map(([u, v]) => [[row + u, column + v], (u ? down : PART - down) * (v ? right : PART - right)]);
}
const value = (s, bin) => weights(s, bin).reduce((sum, [[a, e], weight]) => sum + weight * s.data.x[a][e], 0);
function gradient(s) {
  const dx = range(ROWS).map(() => range(COLUMNS).map(() => 0));
  for (const bin of BINS_OF_BOX) for (const [[a, e], weight] of weights(s, bin)) dx[a][e] += weight * s.data.dy[bin[0]][bin[1]];
  return dx;
}

// All four grids in a row where the width allows it; otherwise two rows of two, or all below each other.
function layout(width) {
  const inRow = Math.floor((width - 4 * LEFT - 3 * GAP) / (2 * COLUMNS + 2 * BINS)), paired = Math.floor((width - 2 * LEFT - GAP) / (COLUMNS + BINS));
  const wide = inRow >= SMALL, pairs = paired >= SMALL;
  const side = Math.min(LARGEST, wide ? inRow : pairs ? paired : Math.floor((width - LEFT) / COLUMNS));
  const [map, few] = [LEFT + COLUMNS * side, LEFT + BINS * side], high = TOP + ROWS * side, low = TOP + BINS * side;
  const places = wide ? { x: [0, 0], y: [map + GAP, 0], dy: [map + few + 2 * GAP, 0], dx: [map + 2 * few + 3 * GAP, 0] }
    : pairs ? { x: [0, 0], y: [map + GAP, 0], dx: [0, high + 14], dy: [map + GAP, high + 14] }
      : { x: [0, 0], y: [0, high + 10], dy: [few + GAP, high + 10], dx: [0, high + low + 20] };
  return { side, places, bottom: places.dx[1] + high };
}
const SIZES = { x: [ROWS, COLUMNS, SKY], y: [BINS, BINS, GREEN], dy: [BINS, BINS, PINK], dx: [ROWS, COLUMNS, PINK] };

// Where on the map the pointer is, in eighths of a cell, with the box's middle under it.
function place(s, px, py, width, slack) {
  const { places, side } = layout(width), across = px - places.x[0] - LEFT, down = py - places.x[1] - TOP;
  if (across < -slack || down < -slack || across > COLUMNS * side + slack || down > ROWS * side + slack) return null;
  const [u, v] = [across, down].map(at => Math.round((at / side - 0.5) * PART));
  return { left: u - 2 * s.wide, top: v - 2 * s.high };
}

const scene = {
  room: 330,
  says: { wide: s => `${number(s.wide / 2, 2)} cells`, high: s => `${number(s.high / 2, 2)} cells` },
  size: (s, width) => [width, layout(width).bottom + 8],
  settle: s => ({
    left: clip(s.left, 0, PART * (COLUMNS - 1) - 4 * s.wide), top: clip(s.top, 0, PART * (ROWS - 1) - 4 * s.high),
    row: clip(s.row, 0, BINS - 1), column: clip(s.column, 0, BINS - 1),
  }),
  move: (s, right, down) => ({ left: s.left + right, top: s.top + down }),
  press: s => ({ column: (s.column + 1) % BINS, row: s.column + 1 < BINS ? s.row : (s.row + 1) % BINS }),
  pick(s, px, py, width) {
    const { places, side } = layout(width);
    for (const name of ["y", "dy"]) {
      const row = Math.floor((py - places[name][1] - TOP) / side), column = Math.floor((px - places[name][0] - LEFT) / side);
      if (row >= 0 && row < BINS && column >= 0 && column < BINS) return { row, column };
    }
    return place(s, px, py, width, 0);
  },
  drag: (s, px, py, width) => place(s, px, py, width, 30),

  draw(pen, s) {
    const { side, places } = layout(pen.width), chosen = [s.row, s.column], dx = gradient(s), max = s.kind === "max pooling";
    const own = weights(s, chosen), read = BINS_OF_BOX.flatMap(bin => weights(s, bin).map(([cell]) => cell));
    const most = Math.max(...dx.flat());
    const at = (name, u, v) => [places[name][0] + LEFT + (v + 0.5) * side, places[name][1] + TOP + (u + 0.5) * side]; // row u, column v
    const cells = {
      x: ([a, e]) => [String(s.data.x[a][e]), s.data.x[a][e] / 9], y: bin => [write(value(s, bin)), value(s, bin) / WHOLE / 9],
      dy: ([i, j]) => [String(s.data.dy[i][j]), s.data.dy[i][j] / 4], dx: ([a, e]) => [write(dx[a][e]), dx[a][e] / most],
    };
    const mineOf = (name, cell) => (SIZES[name][1] === COLUMNS ? own.find(([other]) => same(other, cell)) : same(cell, chosen));
    for (const [name, [rows, columns, fill]] of Object.entries(SIZES)) {
      for (const cell of all(rows, columns)) {
        const [cx, cy] = at(name, ...cell);
        pen.cell(cx - side / 2, cy - side / 2, side, { fill, alpha: 0.06 + 0.5 * cells[name](cell)[1] });
        if (mineOf(name, cell)) pen.box(cx - side / 2, cy - side / 2, side, side, columns === COLUMNS ? { edge: fill, thick: 3 } : { thick: 4 });
      }
    }
    for (const name of ["x", "dx"]) {
      const [left, top] = at(name, s.top / PART, s.left / PART);
      pen.box(left, top, (s.wide / 2) * side, (s.high / 2) * side, { edge: ORANGE, thick: 3, fill: name === "x" ? ORANGE : null, alpha: 0.12 });
    }
    if (max) {
      const frames = [[ends(s), 2, [7, 4]], [edges(s, chosen), 3, [2, 2]]];
      for (const [[[top, bottom], [left, right]], thick, dash] of frames) {
        const [x0, y0] = at("x", top - 0.5, left - 0.5);
        pen.box(x0, y0, (right - left + 1) * side, (bottom - top + 1) * side, { thick, dash });
      }
    } else {
      for (const bin of BINS_OF_BOX) {
        const [x0, y0] = at("x", ...point(s, bin).map(v => v / PART));
        pen.dot(x0, y0, same(bin, chosen) ? 5 : 3, { fill: same(bin, chosen) ? pen.ink : pen.page });
      }
    }
    for (const [cell, weight] of own.filter(([, w]) => w)) {
      const [from, to] = [at("dy", ...chosen), at("dx", ...cell)], part = 1 - (side * 0.3) / Math.hypot(to[0] - from[0], to[1] - from[1]);
      pen.arrow(...from, from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part, { colour: PINK, thick: 1 + (2 * weight) / WHOLE, bend: 12 });
    }
    // Numbers last, so that they stand above lines; a weight on the side of its cell that a point in it is not on.
    const points = max ? [] : [chosen, ...BINS_OF_BOX].map(bin => point(s, bin).map(v => v / PART));
    const nearest = cell => points.find(p => p.every((v, k) => Math.abs(v - cell[k]) <= 0.5)) ?? points[0];
    for (const [name, [rows, columns]] of Object.entries(SIZES)) {
      const [left, top] = places[name], onMap = columns === COLUMNS;
      pen.text(name, left, top + 9, { bold: true });
      for (const cell of all(rows, columns)) {
        const [cx, cy] = at(name, ...cell), mine = mineOf(name, cell), used = !onMap || read.some(other => same(other, cell));
        const weight = mine && !max && name === "x" ? `${mine[1]}/64` : "", up = weight && nearest(cell)[0] > cell[0] ? -1 : 1;
        pen.text(cells[name](cell)[0], cx, cy - (weight ? 5 * up : 0), { size: side < 40 ? 11 : 13, align: "center", bold: used, halo: true, alpha: used ? 1 : 0.8 });
        if (weight) pen.text(weight, cx, cy + 11 * up, { size: 11, align: "center", halo: true });
      }
      range(rows).forEach(k => pen.text(k, left + LEFT - 5, top + TOP + (k + 0.5) * side, { size: 11, align: "right", halo: true }));
      range(columns).forEach(k => pen.text(k, left + LEFT + (k + 0.5) * side, top + TOP - 9, { size: 11, align: "center", halo: true }));
    }
  },

  caption(s) {
    const bin = [s.row, s.column], name = `[${bin.join(", ")}]`, dy = s.data.dy[s.row][s.column], dx = gradient(s).flat().filter(v => v);
    const corner = (u, v) => `(${number(u / PART, 4)}, ${number(v / PART, 4)})`;
    const box = `The box from ${corner(s.left, s.top)} to ${corner(s.left + 4 * s.wide, s.top + 4 * s.high)}`;
    const cells = dx.length === 1 ? "one cell that is" : `${dx.length} cells that are`;
    const total = `dx has ${cells} not 0, and adds up to ${number(dx.reduce((sum, v) => sum + v, 0) / WHOLE, 7)}.`;
    if (s.kind === "max pooling") {
      const [[top, bottom], [left, right]] = ends(s), [[first, last], [west, east]] = edges(s, bin), [a, e] = winner(s, bin);
      return `${box} becomes the columns ${left} to ${right} and the rows ${top} to ${bottom}. Bin ${name} has the columns ${west} to ${east} ` +
        `and the rows ${first} to ${last}; its largest cell, x[${a}, ${e}] = ${s.data.x[a][e]}, gets all of dy${name} = ${dy}. ${total}`;
    }
    const [row, column] = point(s, bin).map(v => number(v / PART, 4));
    const terms = weights(s, bin).map(([[a, e], weight]) => `${weight}·${s.data.x[a][e]}`).join(" + ");
    return `${box} stays as it is. Bin ${name} reads the map at column ${column}, row ${row}: (${terms})/64 = ${number(value(s, bin) / WHOLE, 7)}. ` +
      `The four cells get the same shares of dy${name} = ${dy}. ${total}`;
  },
};

export { scene };
export default mount(scene);
