// Chapter 1: LeNet's shapes and parameters, line by line; this digit's activations; and what a cell of a map depends on.
import { GREEN, SKY, clip, decimals, flow, mount, range } from "./canvas.js";

const LINE = 23, TOP = 24, TABLE = 264, PIXEL = 7, GAP = 28;
const thousands = n => n.toLocaleString("en-US");
const mapsOf = s => (s.layer ? s.data.maps[s.data.lines[s.layer].name] : null); // of a layer of units: one row of numbers
const isUnits = s => s.layer && !s.data.lines[s.layer].rows;

function field(s) {
  const { start, jump, field: size } = s.data.lines[s.layer];
  return [start + jump * s.row, start + jump * s.column, size];
}

// The places of table, image and maps; and how the maps fill theirs: columns, and the side of a cell.
function layout(s, width) {
  const image = 32 * PIXEL, rest = width - TABLE - image - 2 * GAP, wide = rest >= 260 ? rest : Math.min(width, TABLE + GAP + image);
  const tall = rest >= 260 ? 240 : 220, fill = fitMaps(s, wide, tall);
  const high = isUnits(s) || !s.layer ? tall : fill.lines * (fill.side * fill.rows + 8);
  const blocks = { table: [TABLE, s.data.lines.length * LINE + 26 + TOP], image: [image, TOP + image], maps: [wide, TOP + Math.max(high, 60)] };
  return { ...flow(blocks, width, GAP), fill, wide };
}
function fitMaps(s, wide, tall) {
  const maps = mapsOf(s), rows = s.data.lines[s.layer].rows;
  if (!maps || !rows) return { columns: 1, lines: 1, side: 0, rows: 1 };
  const sideFor = columns => Math.min((wide / columns - 8) / rows, (tall / Math.ceil(maps.length / columns) - 8) / rows);
  const columns = range(maps.length).map(k => k + 1).reduce((best, c) => (sideFor(c) > sideFor(best) ? c : best), 1);
  return { columns, lines: Math.ceil(maps.length / columns), side: sideFor(columns), rows };
}
const corner = (fill, [left, top], k) => [left + (k % fill.columns) * (fill.side * fill.rows + 8), top + TOP + Math.floor(k / fill.columns) * (fill.side * fill.rows + 8)];

const scene = {
  room: 260,
  says: { layer: s => s.data.lines[s.layer].name },
  size: (s, width) => [width, layout(s, width).size[1] + 6],
  settle(s) {
    const most = Math.max(0, s.data.lines[s.layer].rows - 1);
    return { row: clip(s.row, 0, most), column: clip(s.column, 0, most) };
  },
  move: (s, right, down) => ({ row: s.row + down, column: s.column + right }),
  press: s => ({ layer: (s.layer + 1) % s.data.lines.length }),
  pick(s, x, y, width) {
    const { table, image, maps, fill } = layout(s, width), { rows, start, jump, field: size } = s.data.lines[s.layer];
    const line = Math.floor((y - table[1] - TOP) / LINE);
    if (x < table[0] + TABLE && line >= 0 && line < s.data.lines.length) return { layer: line };
    const [row, column] = [(y - image[1] - TOP) / PIXEL, (x - image[0]) / PIXEL];
    if (rows && row >= 0 && column >= 0 && row < 32 && column < 32) { // the cell in whose field this pixel is nearest the middle
      return Object.fromEntries([["row", row], ["column", column]].map(([name, p]) => [name, clip(Math.round((p - 0.5 - start - (size - 1) / 2) / jump), 0, rows - 1)]));
    }
    if (!rows || !s.layer) return null;
    for (const k of range(mapsOf(s).length)) {
      const [left, top] = corner(fill, maps, k), cell = [Math.floor((y - top) / fill.side), Math.floor((x - left) / fill.side)];
      if (cell.every(c => c >= 0 && c < rows)) return { row: cell[0], column: cell[1] };
    }
    return null;
  },

  draw(pen, s) {
    const lines = s.data.lines, now = lines[s.layer], [top, left, size] = field(s);
    const { table: [tx, ty], image: [ix, iy], maps: place, fill, wide } = layout(s, pen.width);
    for (const [words, x, align] of [["layer", 8], ["shape", 80], ["parameters", TABLE - 6, "right"]]) pen.text(words, tx + x, ty + 10, { size: 11, align, alpha: 0.8 });
    lines.forEach((line, k) => {
      const y = ty + TOP + k * LINE, bold = k === s.layer;
      if (bold) pen.box(tx, y, TABLE, LINE, { thick: 3 });
      pen.text(line.name, tx + 8, y + LINE / 2, { bold });
      pen.text(line.shape, tx + 80, y + LINE / 2, { bold });
      pen.text(thousands(line.parameters), tx + TABLE - 6, y + LINE / 2, { bold, align: "right" });
    });
    const end = ty + TOP + lines.length * LINE;
    pen.line([[tx, end + 4], [tx + TABLE, end + 4]], { thick: 1 });
    pen.text(`together ${thousands(lines.reduce((sum, line) => sum + line.parameters, 0))}`, tx + TABLE - 6, end + 18, { align: "right" });

    pen.text("the image, 32×32", ix, iy + 10, { size: 11, alpha: 0.8 });
    shade(pen, s.data.image, [ix, iy + TOP], PIXEL, SKY, 9);
    pen.box(ix + left * PIXEL, iy + TOP + top * PIXEL, size * PIXEL, size * PIXEL, { thick: 3 });

    if (!s.layer) return pen.words("A layer's maps appear here: choose a line of the table.", place[0], place[1] + TOP, { width: wide });
    const maps = mapsOf(s), after = ["conv1", "conv2", "fc1", "fc2"].includes(now.name) ? ", after its ReLU" : "";
    pen.text(`${now.rows ? `${maps.length} maps of ` : ""}${now.name}${after}`, place[0], place[1] + 10, { size: 11, alpha: 0.8, most: wide });
    if (isUnits(s)) return units(pen, s, [place[0], place[1] + TOP], wide);
    maps.forEach((map, k) => {
      const [x, y] = corner(fill, place, k);
      shade(pen, map, [x, y], fill.side, GREEN, 99);
      pen.box(x + s.column * fill.side - 2, y + s.row * fill.side - 2, fill.side + 4, fill.side + 4, { thick: fill.side > 9 ? 3 : 2 });
    });
  },

  caption(s) {
    const line = s.data.lines[s.layer], [top, left, size] = field(s);
    const parameters = line.parameters ? `${line.account}, ${thousands(line.parameters)} parameters` : "no parameters";
    const said = `${line.name} gives ${line.shape}, with ${parameters}. ${line.how}. `;
    if (line.name === "fc3") return `${said}The largest of the ten numbers belongs to class ${s.data.read}: the network reads a ${s.data.read}.`;
    if (!line.rows) return `${said}Each of its numbers depends on the whole image.`;
    if (!s.layer) return `${said}Pixel [${s.row}, ${s.column}] is chosen.`;
    return `${said}Cell [${s.row}, ${s.column}] of each map depends on rows ${top} to ${top + size - 1} and columns ${left} ` +
      `to ${left + size - 1} of the image, ${size}×${size} pixels; its neighbour's field begins ${line.jump} further.`;
  },
};

// A map as cells of one colour, the fuller the larger their value.
function shade(pen, map, [x, y], side, fill, most) {
  map.forEach((row, a) => row.forEach((level, e) => {
    if (level > 0) pen.box(x + e * side, y + a * side, side + 0.3, side + 0.3, { fill, alpha: Math.min(1, 0.1 + level / most), thick: 0 });
  }));
  pen.box(x, y, map[0].length * side, map.length * side, { faint: 0.5 });
}

// A layer of units: cells in lines; the last as bars, since its ten numbers are the answer.
function units(pen, s, [x, y], wide) {
  if (s.data.lines[s.layer].name === "fc3") {
    const [least, most] = [Math.min(0, ...s.data.logits), Math.max(0, ...s.data.logits)], part = Math.min(wide - 116, 270) / (most - least), zero = x + 66 - least * part; // with room for a number at both ends
    s.data.logits.forEach((v, k) => {
      const own = k === s.data.read;
      pen.text(k, x + 8, y + k * 22 + 11, { bold: own });
      pen.box(v < 0 ? zero + v * part : zero, y + k * 22 + 3, Math.abs(v) * part, 16, { fill: GREEN, alpha: own ? 0.8 : 0.35, thick: own ? 3 : 1 });
      pen.text(decimals(v / 100), v < 0 ? zero + v * part - 6 : zero + v * part + 6, y + k * 22 + 11, { align: v < 0 ? "right" : "left", bold: own });
    });
    pen.line([[zero, y], [zero, y + 220]], { thick: 1 });
    return;
  }
  const row = mapsOf(s), columns = row.length > 200 ? 25 : 12, side = Math.min(18, wide / columns, 236 / Math.ceil(row.length / columns));
  row.forEach((level, k) => pen.box(x + (k % columns) * side, y + Math.floor(k / columns) * side, side - 1, side - 1, { fill: GREEN, alpha: 0.1 + 0.9 * level / 99, faint: 0.25 }));
}

export { scene };
export default mount(scene);
