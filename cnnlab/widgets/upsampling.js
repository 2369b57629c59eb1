// Chapter 14: which cells of x made a cell of y, which cells of y one of x reached, and what comes back from them.
import { GREEN, PINK, SKY, clip, decimals, mount, range, signed, whole } from "./canvas.js";

const OLD = 4, NEW = 8, HEAD = 30, LEFT = 18, GAP = 24, LARGEST = 38, SMALLEST = 31;
const BILINEAR = "bilinear", KERNEL = [1, 3, 3, 1];
const all = n => range(n).flatMap(i => range(n).map(j => [i, j]));
const two = v => (Number.isInteger(v) ? whole(v) : decimals(Math.floor(v * 100 + 0.5) / 100));

// The weights of the four old cells in the eight new ones along one axis: whole numbers, over `below`.
const RULES = {
  nearest: [(i, a) => (Math.floor(i / 2) === a ? 1 : 0), 1],
  bilinear: [(i, a) => Math.max(0, 4 - Math.abs(clip(2 * i - 1, 0, 4 * (OLD - 1)) - 4 * a)), 4],
  "transposed convolution": [(i, a) => KERNEL[i + 1 - 2 * a] ?? 0, 4],
};
const CORNERS = [(i, a) => Math.max(0, 7 - Math.abs(3 * i - 7 * a)), 7];
const rule = s => (s.align_corners === "True" ? CORNERS : RULES[s.mode]);
const below = s => rule(s)[1] ** 2;
const weigh = (s, [i, j], [a, e]) => rule(s)[0](i, a) * rule(s)[0](j, e);

// The cells of the other grid that have to do with this one, each with its weight.
function partners(s, grid, cell) {
  const found = grid === "y" ? all(OLD).map(x => [x, weigh(s, cell, x)]) : all(NEW).map(y => [y, weigh(s, y, cell)]);
  return found.filter(([, weight]) => weight);
}
function total(s, grid, cell) {
  const values = grid === "y" ? s.data.x : s.data.dy;
  return partners(s, grid, cell).reduce((sum, [[i, j], weight]) => sum + weight * values[i][j], 0);
}
const writeWeight = (weight, under) => (under > 1 ? `${weight}/${under}` : `·${weight}`);
const writeShare = (sum, under) => (Number.isInteger(sum / under) ? whole(sum / under) : `${whole(sum)}/${under} = ${two(sum / under)}`);

// x beside y, and dx beside dy below them; in a narrow column all four below each other. A cell of x is two of y wide.
function layout(width) {
  const half = Math.floor((width - 2 * LEFT - GAP) / (2 * NEW)), wide = half >= SMALLEST;
  const side = Math.min(LARGEST, wide ? half : Math.floor((width - LEFT - 4) / NEW)), high = HEAD + NEW * side + 8;
  const right = LEFT + NEW * side + GAP;
  const places = wide ? { x: [0, 0], y: [right, 0], dx: [0, high], dy: [right, high] }
    : { x: [0, 0], y: [0, high], dy: [0, 2 * high], dx: [0, 3 * high] };
  return { side, places, bottom: (wide ? 2 : 4) * high };
}
const GRIDS = { x: "x", y: "y", dy: "y", dx: "x" };
const PARTS = { 16: "sixteenths", 49: "49ths" };

const scene = {
  room: 240,
  size: (s, width) => [width, layout(width).bottom],
  settle(s) {
    const most = (s.grid === "x" ? OLD : NEW) - 1;
    return { align_corners: s.mode === BILINEAR ? s.align_corners : "False", row: clip(s.row, 0, most), column: clip(s.column, 0, most) };
  },
  move: (s, right, down) => ({ row: s.row + down, column: s.column + right }),
  press: s => (s.grid === "x" ? { grid: "y", row: 2 * s.row, column: 2 * s.column } : { grid: "x", row: s.row >> 1, column: s.column >> 1 }),
  pick(s, px, py, width) {
    const { places, side } = layout(width);
    for (const [name, [left, top]] of Object.entries(places)) {
      const grid = GRIDS[name], [rows, step] = grid === "x" ? [OLD, 2 * side] : [NEW, side];
      const row = Math.floor((py - top - HEAD) / step), column = Math.floor((px - left - LEFT) / step);
      if (row >= 0 && row < rows && column >= 0 && column < rows) return { grid, row, column };
    }
    return null;
  },

  draw(pen, s) {
    const { side, places } = layout(pen.width), under = below(s), chosen = [s.row, s.column];
    const others = new Map(partners(s, s.grid, chosen).map(([cell, weight]) => [String(cell), weight]));
    const rules = { x: ([a, e]) => s.data.x[a][e], y: c => total(s, "y", c) / under, dy: ([i, j]) => s.data.dy[i][j], dx: c => total(s, "x", c) / under };
    for (const [name, grid] of Object.entries(GRIDS)) {
      const [left, top] = places[name], [rows, step] = grid === "x" ? [OLD, 2 * side] : [NEW, side];
      const cells = all(rows).map(cell => [cell, rules[name](cell)]), most = Math.max(...cells.map(([, v]) => Math.abs(v)));
      const spot = ([i, j]) => [left + LEFT + j * step, top + HEAD + i * step];
      const isOwn = cell => grid === s.grid && String(cell) === String(chosen);
      const weightOf = cell => (grid === s.grid ? undefined : others.get(String(cell)));
      pen.text(name, left + LEFT, top + 8, { bold: true });
      if (grid === "y" && s.grid === "x" && under > 1) pen.text(`weights in ${PARTS[under]}`, left + LEFT + 24, top + 8, { size: 11 });
      for (const [cell, v] of cells) {
        const fill = name === "x" ? SKY : name === "y" ? GREEN : signed(v), [x, y] = spot(cell);
        pen.box(x, y, step, step, { fill, alpha: 0.06 + (0.5 * Math.abs(v)) / most, faint: 0.4 });
      }
      for (const [cell] of cells) {
        const [x, y] = spot(cell);
        if (weightOf(cell)) pen.box(x + 1, y + 1, step - 2, step - 2, { edge: name === "x" ? SKY : name === "y" ? GREEN : PINK, thick: 3 });
        if (isOwn(cell)) pen.box(x, y, step, step, { edge: pen.ink, thick: 4 });
      }
      for (const k of range(rows)) {
        pen.text(k, left + LEFT - 4, top + HEAD + (k + 0.5) * step, { size: 11, align: "right", alpha: 0.75 });
        pen.text(k, left + LEFT + (k + 0.5) * step, top + HEAD - 8, { size: 11, align: "center", alpha: 0.75 });
      }
      for (const [cell, v] of cells) {
        const [x, y] = spot(cell), weight = weightOf(cell), size = grid === "x" ? 14 : 11, lift = weight ? (grid === "x" ? 9 : 6.5) : 0;
        pen.text(two(v), x + step / 2, y + step / 2 - lift, { size, align: "center", bold: isOwn(cell), halo: true });
        if (weight) pen.text(grid === "x" ? writeWeight(weight, under) : under > 1 ? weight : `·${weight}`, x + step / 2, y + step / 2 + lift, { size: 11, align: "center", bold: true, halo: true });
      }
    }
  },

  caption(s) {
    const cell = [s.row, s.column], name = `[${cell.join(", ")}]`, under = below(s), found = partners(s, s.grid, cell);
    const sum = total(s, s.grid, cell), weights = writeShare(found.reduce((t, [, w]) => t + w, 0), under);
    if (s.grid === "x") {
      return `x${name} = ${s.data.x[s.row][s.column]} reaches ${found.length} cells of y, with weights that add up to ${weights}. ` +
        `Each sends back its dy times the same weight: dx${name} = ${writeShare(sum, under)}.`;
    }
    const terms = found.map(([[a, e], w]) => (under > 1 ? `${w}·${s.data.x[a][e]}` : `${s.data.x[a][e]}`)).join(" + ");
    const made = under > 1 ? `(${terms})/${under} = ${writeShare(sum, under)}` : terms;
    const cells = found.length === 1 ? "One cell" : `${found.length} cells`;
    return `y${name} = ${made}. ${cells} of x made it, with weights that add up to ${weights}. ` +
      `dy${name} = ${whole(s.data.dy[s.row][s.column])} goes back to the same cells with the same weights.`;
  },
};

export { scene };
export default mount(scene);
