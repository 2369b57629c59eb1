// Chapter 8: which cells of x an output uses, which outputs use a cell of x, and with which weight.
import { BLUE, GREEN, ORANGE, PINK, SKY, clip, mount, range, whole } from "./canvas.js";

const TOP = 36, LEFT = 20; // of the grid of x, so that row and column numbers have a place

// Rows and columns follow the same rule, so one axis is enough: row a of x meets weight u in output i.
export const outputs = s => Math.max(0, Math.floor((s.input + 2 * s.padding - s.dilation * (s.kernel - 1) - 1) / s.stride) + 1);
const at = (s, i, u) => s.stride * i + s.dilation * u - s.padding;
export const uses = (s, a) => range(outputs(s)).flatMap(i => range(s.kernel).filter(u => at(s, i, u) === a).map(u => [i, u]));
const pairs = (rows, columns) => rows.flatMap(r => columns.map(c => [r, c]));
const outside = (s, a, e) => a < 0 || e < 0 || a >= s.input || e >= s.input;

function layout(s) {
  const wide = s.input + 2 * s.padding, high = outputs(s);
  const side = Math.min(32, Math.floor(692 / (wide + s.kernel + high + 5)));
  return { wide, high, side, w: LEFT + (wide + 2) * side, y: LEFT + (wide + s.kernel + 4.5) * side };
}

const scene = {
  size: s => [720, TOP + Math.max(layout(s).wide, layout(s).high, s.kernel + 3) * layout(s).side + 6],

  settle(s) {
    const most = s.grid === "y" ? outputs(s) - 1 : s.input + s.padding - 1, least = s.grid === "y" ? 0 : -s.padding;
    if (most < least) return { grid: "x", row: clip(s.row, -s.padding, s.input + s.padding - 1), column: clip(s.column, -s.padding, s.input + s.padding - 1) };
    return { row: clip(s.row, least, most), column: clip(s.column, least, most) };
  },
  move: (s, right, down) => ({ row: s.row + down, column: s.column + right }),
  press: s => ({ grid: s.grid === "x" ? "y" : "x" }),
  pick(s, x, y) {
    const { wide, high, side, y: left } = layout(s);
    const row = Math.floor((y - TOP) / side), column = Math.floor((x - LEFT) / side), out = Math.floor((x - left) / side);
    if (row < 0) return null;
    if (row < wide && column >= 0 && column < wide) return { grid: "x", row: row - s.padding, column: column - s.padding };
    return row < high && out >= 0 && out < high ? { grid: "y", row, column: out } : null;
  },

  draw(pen, s) {
    const { wide, high, side, w, y } = layout(s), back = s.direction === "backward", d = back ? "d" : "";
    const marked = new Map(), taps = new Set(), users = new Map(); // "a,e" -> "uv", "u,v", "i,j" -> "uv"
    for (const [[i, u], [j, v]] of chosen(s)) {
      marked.set(s.grid === "y" ? `${at(s, i, u)},${at(s, j, v)}` : `${s.row},${s.column}`, s.grid === "y" ? `${u}${v}` : "");
      users.set(`${i},${j}`, s.grid === "y" ? "" : `${u}${v}`);
      taps.add(`${u},${v}`);
    }
    if (s.grid === "x") marked.set(`${s.row},${s.column}`, "");
    const size = { size: Math.min(12, side * 0.44) };

    pen.text(`${d}x ${s.input}×${s.input}${s.padding ? `, padded ${wide}×${wide}` : ""}`, LEFT, 10);
    const small = { size: Math.min(10, side * 0.44), alpha: 0.7 };
    for (const r of range(wide)) {
      pen.text(whole(r - s.padding), LEFT - 5, TOP + (r + 0.5) * side, { ...small, align: "right" });
      pen.text(whole(r - s.padding), LEFT + (r + 0.5) * side, TOP - 7, { ...small, align: "center" });
    }
    const count = range(wide).map(a => uses(s, a - s.padding).length), most = Math.max(1, ...count) ** 2;
    for (const [r, c] of pairs(range(wide), range(wide))) {
      const a = r - s.padding, e = c - s.padding, key = `${a},${e}`, padding = outside(s, a, e), used = count[r] * count[c];
      const look = padding ? { dash: [3, 2], faint: 0.8 } : { fill: back ? PINK : SKY, alpha: 0.15 + 0.45 * used / most };
      pen.cell(LEFT + c * side, TOP + r * side, side, { ...look, text: marked.get(key) || used, bold: Boolean(marked.get(key)), ...size });
    }
    for (const key of marked.keys()) {
      const [a, e] = key.split(",").map(Number), self = s.grid === "x";
      pen.box(LEFT + (e + s.padding) * side, TOP + (a + s.padding) * side, side, side, { edge: self ? pen.ink : ORANGE, thick: side > 22 ? 3 : 2 });
    }

    pen.text(`w ${s.kernel}×${s.kernel}`, w, 10);
    for (const [u, v] of pairs(range(s.kernel), range(s.kernel))) {
      const used = taps.has(`${u},${v}`);
      pen.cell(w + v * side, TOP + u * side, side, { fill: ORANGE, alpha: used ? 0.65 : 0.15, text: `${u}${v}`, bold: used, ...size });
      if (used) pen.box(w + v * side, TOP + u * side, side, side, { edge: ORANGE, thick: 2 });
    }
    const middle = TOP + (s.kernel + 1.2) * side, [from, to] = back ? [y - 22, w - side] : [w - side, y - 22];
    if (high) pen.arrow(from, middle, to, middle, { colour: back ? PINK : ORANGE, thick: 3 });
    pen.text(back ? "backward" : "forward", (from + to) / 2, middle + 14, { align: "center" });

    pen.text(high ? `${d}y ${high}×${high}` : "no window fits", y, 10);
    for (const i of range(high)) {
      pen.text(i, y - 5, TOP + (i + 0.5) * side, { ...small, align: "right" });
      pen.text(i, y + (i + 0.5) * side, TOP - 7, { ...small, align: "center" });
    }
    for (const [i, j] of pairs(range(high), range(high))) {
      const key = `${i},${j}`, used = users.has(key);
      pen.cell(y + j * side, TOP + i * side, side, { fill: GREEN, alpha: used ? 0.6 : 0.3, text: users.get(key), bold: true, ...size });
      if (used) pen.box(y + j * side, TOP + i * side, side, side, { edge: s.grid === "y" ? pen.ink : BLUE, thick: side > 22 ? 3 : 2 });
    }
  },

  caption(s) {
    const out = outputs(s), { input, kernel, stride, padding, dilation } = s;
    const sum = `⌊(${input} + 2·${padding} − ${dilation}·(${kernel} − 1) − 1)/${stride}⌋ + 1`;
    if (!out) return `The kernel spans ${dilation * (kernel - 1) + 1} rows and the padded image has ${input + 2 * padding}: no window fits, and there is no output.`;
    return `Output rows: ${sum} = ${out}. ${s.grid === "y" ? ofOutput(s) : ofInput(s)}`;
  },
};

// The uses that the chosen cell has part in: pairs of (i, u) for its row and (j, v) for its column.
function chosen(s) {
  if (s.grid === "x") return pairs(uses(s, s.row), uses(s, s.column));
  return pairs(range(s.kernel).map(u => [s.row, u]), range(s.kernel).map(v => [s.column, v]));
}

function ofOutput(s) {
  const name = `y[${s.row}, ${s.column}]`, [rows, columns] = [s.row, s.column].map(i => range(s.kernel).map(u => at(s, i, u)));
  const lost = pairs(rows, columns).filter(([a, e]) => outside(s, a, e)).length, all = s.kernel ** 2;
  const where = `rows ${rows.map(whole).join(", ")} and columns ${columns.map(whole).join(", ")}`;
  if (s.direction === "forward") return `${name} is the sum of ${all} products of a weight and a cell of x, from ${where}. ${lost} of these cells are padding, with the value 0.`;
  return `d${name} times the weight is added to ${all} cells of the padded dx, in ${where}. ${lost} of these cells are padding, and are cropped away.`;
}

function ofInput(s) {
  const name = `x[${whole(s.row)}, ${whole(s.column)}]`, found = chosen(s), back = s.direction === "backward";
  const place = outside(s, s.row, s.column) ? `${name} is padding${back ? ", cropped away in the end" : ", with the value 0"}. ` : "";
  if (!found.length) return `${place}No output uses ${name}: d${name} = 0.`;
  const terms = found.slice(0, 9).map(([[i, u], [j, v]]) => (back ? `dy[${i}, ${j}]·w[${u}, ${v}]` : `y[${i}, ${j}] with w[${u}, ${v}]`));
  const more = found.length > 9 ? (back ? ` + … (${found.length} products)` : ` and ${found.length - 9} more`) : "";
  if (back) return `${place}d${name} = ${terms.join(" + ")}${more}: one product for every output that used ${name}.`;
  return `${place}${name} is used ${found.length === 1 ? "once" : `${found.length} times`}, by ${terms.join(", ")}${more}.`;
}

export { scene };
export default mount(scene);
