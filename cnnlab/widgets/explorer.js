// Chapter 8: which cells of x an output uses, which outputs use a cell of x, and the products that add up.
import { GREEN, ORANGE, SKY, clip, decimals, measure, mount, range, signed, whole } from "./canvas.js";
import { caption, countAt, isBackward, outputs, outside, pairs, settle, terms, valueAt, write } from "./explorer_sums.js";

const TOP = 42, LEFT = 22; // of a grid inside its block: title and column numbers, row numbers
const GAP = 34, LARGEST = 48, ROOMY = 38, TERM = { wide: 124, high: 68 }, MOST = 25;
const COUNTS = "Each number says how often its cell is multiplied; for w and y without the padding.";

// Where the three grids stand, with cells that two decimals fit into (ROOMY) if there is a way: in a row; x on the left of w above y; or all below each other.
function layout(s, width) {
  const wide = s.input + 2 * s.padding, high = outputs(s), k = s.kernel;
  const inRow = Math.floor((width - 3 * LEFT - 2 * GAP - 10) / (wide + k + high)), beside = Math.floor((width - 2 * LEFT - GAP) / (wide + Math.max(k, high)));
  const stacked = Math.floor((width - LEFT) / Math.max(wide, high));
  const sizes = { x: wide, w: k, y: high };
  const block = side => Object.fromEntries(Object.entries(sizes).map(([name, n]) => [name, [Math.max(110, LEFT + n * side), TOP + n * side]]));
  let side, places, below, free; // free: where the products have a place beside x
  if (inRow >= 34) {
    side = Math.min(LARGEST, inRow);
    const b = block(side);
    places = { x: [0, 0], w: [b.x[0] + GAP, 0], y: [b.x[0] + b.w[0] + 2 * GAP, 0] };
    below = Math.max(b.x[1], b.w[1], b.y[1]);
    free = [places.w[0], Math.max(b.w[1], b.y[1]) + 8];
  } else if (beside >= ROOMY || (beside >= 26 && beside >= stacked)) {
    side = Math.min(LARGEST, beside);
    const b = block(side);
    places = { x: [0, 0], w: [b.x[0] + GAP, 0], y: [b.x[0] + GAP, b.w[1] + 10] };
    below = Math.max(b.x[1], b.w[1] + 10 + b.y[1]);
  } else {
    side = clip(stacked, 16, LARGEST);
    const b = block(side), same = b.w[0] + GAP + b.y[0] <= width;
    places = { x: [0, 0], w: [0, b.x[1] + 10], y: same ? [b.w[0] + GAP, b.x[1] + 10] : [0, b.x[1] + b.w[1] + 20] };
    below = places.y[1] + b.y[1] > places.w[1] + b.w[1] ? places.y[1] + b.y[1] : places.w[1] + b.w[1];
  }
  return { wide, high, side, places, below, sizes, free };
}

// The products of the chosen cell, at most MOST; where they stand, how many in a line, and the height of the picture.
function panel(s, width) {
  const { free, below } = layout(s, width);
  const all = s.shows === "values" ? terms(s) : [], shown = all.length > MOST ? all.slice(0, MOST - 1) : all;
  const natural = s.grid === "y" ? s.kernel : s.grid === "w" ? outputs(s) : new Set(all.map(t => t.output[1])).size;
  const boxes = shown.length + (shown.length < all.length ? 1 : 0), most = Math.max(1, natural), rest = s.shows === "counts" ? 48 : 0;
  const high = columns => 34 + Math.ceil(boxes / columns) * TERM.high;
  const beside = free && Math.min(most, Math.floor((width - free[0]) / TERM.wide));
  if (beside && (beside === most || free[1] + high(beside) <= below)) {
    return { all, shown, columns: beside, at: free, bottom: Math.max(below, free[1] + (all.length ? high(beside) : rest)) };
  }
  const columns = Math.max(1, Math.min(most, Math.floor(width / TERM.wide)));
  return { all, shown, columns, at: [0, below], bottom: below + (all.length ? high(columns) : rest) };
}

// What the products are, and what they add up to.
function heading(s, all) {
  const name = `${s.grid}[${whole(s.row)}, ${whole(s.column)}]`, total = all.reduce((a, t) => a + t.product, 0);
  if (!isBackward(s)) return s.grid === "y" ? `${name} = ${write(total, 100)}, the sum of` : `What ${name} gives to the outputs`;
  return s.grid === "y" ? `What d${name} gives to the cells of dx` : `d${name} = ${write(total, all[0]?.unit)}, the sum of`;
}

const scene = {
  room: 400,
  size: (s, width) => [width, panel(s, width).bottom + 8],
  settle,
  move: (s, right, down) => ({ row: s.row + down, column: s.column + right }),
  press: s => ({ grid: { x: "y", y: "w", w: "x" }[s.grid] }),
  pick(s, px, py, width) {
    const { places, sizes, side } = layout(s, width);
    for (const [grid, [left, top]] of Object.entries(places)) {
      const row = Math.floor((py - top - TOP) / side), column = Math.floor((px - left - LEFT) / side), n = sizes[grid];
      if (row < 0 || column < 0 || row >= n || column >= n) continue;
      return grid === "x" ? { grid, row: row - s.padding, column: column - s.padding } : { grid, row, column };
    }
    return null;
  },

  draw(pen, s) {
    const { places, sizes, side, high, wide, free } = layout(s, pen.width), back = isBackward(s), ofW = back && s.grid === "w";
    const found = terms(s), key = cell => String(cell);
    const partners = { x: new Set(), w: new Set(), y: new Set() };
    for (const t of found) [["x", t.cell], ["w", t.tap], ["y", t.output]].forEach(([grid, cell]) => partners[grid].add(key(cell)));
    partners[s.grid] = new Set([key([s.row, s.column])]);
    const gradient = s.shows === "counts" ? {} : { x: back && !ofW, w: ofW, y: back };
    const padded = s.padding ? `, padded ${wide}×${wide}` : "";
    const titles = { x: `${gradient.x ? "dx" : "x"} ${s.input}×${s.input}${padded}`, w: `${gradient.w ? "dw" : "w"} ${s.kernel}×${s.kernel}`, y: high ? `${gradient.y ? "dy" : "y"} ${high}×${high}` : "no window fits" };

    for (const grid of ["x", "w", "y"]) {
      const [left, top] = places[grid], n = sizes[grid], first = grid === "x" ? -s.padding : 0;
      const cells = pairs(range(n), range(n)).map(([r, c]) => [r + first, c + first]);
      const held = new Map(cells.map(cell => [key(cell), s.shows === "counts" ? [countAt(s, grid, ...cell), 1] : valueAt(s, grid, ...cell)]));
      const most = Math.max(1e-9, ...[...held.values()].map(([value]) => Math.abs(value)));
      const [written, letters] = fit([...held.values()], side - 4);
      pen.text(titles[grid], left, top + 9, { bold: true });
      for (const k of range(n)) {
        if (side < 20 && k % 2) continue;
        pen.text(whole(k + first), left + LEFT - 5, top + TOP + (k + 0.5) * side, { size: 11, align: "right", alpha: 0.75 });
        pen.text(whole(k + first), left + LEFT + (k + 0.5) * side, top + TOP - 9, { size: 11, align: "center", alpha: 0.75 });
      }
      for (const cell of cells) {
        const [value, unit] = held.get(key(cell)), [px, py] = [left + LEFT + (cell[1] - first) * side, top + TOP + (cell[0] - first) * side];
        const used = partners[grid].has(key(cell)), own = grid === s.grid && used, part = Math.abs(value) / most;
        const padding = grid === "x" && outside(s, ...cell);
        const fill = gradient[grid] ? signed(value) : { x: SKY, w: ORANGE, y: GREEN }[grid];
        const look = padding ? { dash: [3, 2], faint: 0.8 } : {};
        pen.cell(px, py, side, { ...look, fill: padding && !value ? null : fill, alpha: used ? 0.2 + 0.4 * part : 0.06 + 0.2 * part });
        if (used) pen.box(px, py, side, side, { edge: own ? pen.ink : fill, thick: own ? 4 : 3 });
        pen.text(written(value, unit), px + side / 2, py + side / 2 + 0.5, { align: "center", bold: used && letters.bold, size: letters.size });
      }
    }
    if (free && high) {
      for (const [one, other] of [["x", "w"], ["w", "y"]]) {
        const end = places[other][0] - 4, start = end - GAP + 8, y = TOP + side / 2;
        if (back && !ofW) pen.arrow(end, y, start, y, { thick: 2 });
        else if (!back) pen.arrow(start, y, end, y, { thick: 2 });
        else if (one === "x") pen.arrow(start, y, end, y, { thick: 2 }); // x and dy meet in dw
        else pen.arrow(end, y, start, y, { thick: 2 });
      }
    }
    sums(pen, s);
  },

  caption,
};

// How to write the numbers of a grid: with as many decimals as fit into every cell, and none of them as 0 that is not;
// or not at all. And the letters.
function fit(values, width) {
  for (const places of [2, 1, 0]) {
    const word = (value, unit) => (unit === 1 || !value ? whole(value) : decimals(value / unit, places));
    for (const look of [{ size: 12, bold: true }, { size: 11, bold: false }]) {
      const fits = ([value, unit]) => measure(word(value, unit), look) <= width && (!value || /[1-9]/.test(word(value, unit)));
      if (values.every(fits)) return [word, look];
    }
  }
  return [() => "", {}];
}

// The names of what is multiplied.
function factors(s, { cell, tap, output }) {
  const name = (array, indices) => `${array}[${indices.map(whole).join(", ")}]`;
  if (!isBackward(s)) return `${name("x", cell)}·${name("w", tap)}`;
  return s.grid === "w" ? `${name("x", cell)}·${name("dy", output)}` : `${name("dy", output)}·${name("w", tap)}`;
}

// The products, each in a box of its own; the last says where it goes, if they do not add up to one number.
function sums(pen, s) {
  const { all, shown, columns, at: [left, top] } = panel(s, pen.width);
  if (s.shows === "counts") pen.words(COUNTS, left, top + 8, { width: pen.width - left });
  if (!all.length) return;
  const adds = isBackward(s) ? s.grid !== "y" : s.grid === "y";
  const goal = t => (isBackward(s) ? `to dx[${t.cell.map(whole).join(", ")}]` : `to y[${t.output.join(", ")}]`);
  pen.text(`${heading(s, all)}${adds ? ` ${all.length === 1 ? "one product" : `${all.length} products`}` : ""}`, left, top + 20, { size: 13, bold: true, most: pen.width - left });
  shown.forEach((t, k) => {
    const x = left + (k % columns) * TERM.wide, y = top + 34 + Math.floor(k / columns) * TERM.high, wide = TERM.wide - 8, tall = TERM.high - 8;
    const fill = t.lost ? null : isBackward(s) ? signed(t.product) : GREEN;
    pen.box(x, y, wide, tall, { fill, alpha: 0.22, faint: 0.5, dash: t.lost ? [3, 2] : [] });
    pen.text(factors(s, t), x + wide / 2, y + 12, { align: "center", size: 11, most: wide - 4 });
    pen.text(`${t.words} =`, x + wide / 2, y + 29, { align: "center", most: wide - 4 });
    const value = write(t.product, t.unit);
    pen.text(adds ? value : `${value} ${goal(t)}`, x + wide / 2, y + 46, { align: "center", bold: adds, size: adds ? 13 : 11, most: wide - 4 });
    if (adds && (k || shown.length > 1) && k < all.length - 1) pen.text("+", x + wide + 4, y + tall / 2, { align: "center", halo: true });
  });
  if (shown.length < all.length) {
    const k = shown.length, x = left + (k % columns) * TERM.wide, y = top + 34 + Math.floor(k / columns) * TERM.high;
    const rest = all.slice(k).reduce((a, t) => a + t.product, 0);
    pen.text(`${all.length - k} more`, x + 4, y + 12, { size: 11 });
    if (adds) pen.text(write(rest, all[0].unit), x + 4, y + 46, { bold: true, size: 13 });
  }
}

export { scene };
export default mount(scene);
