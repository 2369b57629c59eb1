// Chapter 1: LeNet's shapes and parameters, line by line, and the part of the image that a cell depends on.
import { ORANGE, RED, SKY, clip, mount, range } from "./canvas.js";

const LINE = 23, TOP = 30, IMAGE = { x: 292, side: 7 }, MAP = { x: 536, side: 184 };
const thousands = n => n.toLocaleString("en-US");

function field(s) {
  const { start, jump, field: size } = s.data.lines[s.layer];
  return [start + jump * s.row, start + jump * s.column, size];
}

const scene = {
  size: () => [720, 286],
  settle(s) {
    const most = Math.max(0, s.data.lines[s.layer].rows - 1);
    return { row: clip(s.row, 0, most), column: clip(s.column, 0, most) };
  },
  move: (s, right, down) => ({ row: s.row + down, column: s.column + right }),
  press: s => ({ layer: (s.layer + 1) % s.data.lines.length }),
  pick(s, x, y) {
    const line = Math.floor((y - TOP) / LINE), rows = s.data.lines[s.layer].rows;
    if (x < 270) return line >= 0 && line < s.data.lines.length ? { layer: line } : null;
    const side = cellOf(rows), row = Math.floor((y - TOP) / side), column = Math.floor((x - MAP.x) / side);
    return row >= 0 && column >= 0 && row < rows && column < rows ? { row, column } : null;
  },

  draw(pen, s) {
    const lines = s.data.lines, now = lines[s.layer], [top, left, size] = field(s);
    for (const [words, x, align] of [["layer", 8], ["shape", 80], ["parameters", 264, "right"]]) {
      pen.text(words, x, 12, { size: 11, align, alpha: 0.75 });
    }
    lines.forEach((line, k) => {
      const y = TOP + k * LINE, bold = k === s.layer;
      if (bold) pen.box(0, y, 270, LINE, { fill: SKY, alpha: 0.3, thick: 2 });
      pen.text(line.name, 8, y + LINE / 2, { bold });
      pen.text(line.shape, 80, y + LINE / 2, { bold });
      pen.text(thousands(line.parameters), 264, y + LINE / 2, { bold, align: "right" });
    });
    const end = TOP + lines.length * LINE;
    pen.line([[0, end + 4], [270, end + 4]], { thick: 1 });
    pen.text(`together ${thousands(lines.reduce((sum, line) => sum + line.parameters, 0))}`, 264, end + 18, { align: "right" });

    pen.text("the image, 32×32", IMAGE.x, 12, { size: 11, alpha: 0.75 });
    s.data.image.forEach((row, a) => row.forEach((p, e) => {
      if (p) pen.box(IMAGE.x + e * IMAGE.side, TOP + a * IMAGE.side, IMAGE.side, IMAGE.side, { fill: pen.ink, alpha: p / 12, thick: 0 });
    }));
    pen.box(IMAGE.x, TOP, 32 * IMAGE.side, 32 * IMAGE.side, { faint: 0.5 });
    pen.box(IMAGE.x + left * IMAGE.side, TOP + top * IMAGE.side, size * IMAGE.side, size * IMAGE.side, { fill: ORANGE, alpha: 0.3, edge: RED, thick: 3 });

    if (!now.rows) return pen.text("no map any more: a row of numbers", MAP.x, TOP + 12, { size: 11 });
    pen.text(`a map of ${now.name}, ${now.rows}×${now.rows}`, MAP.x, 12, { size: 11, alpha: 0.75 });
    const side = cellOf(now.rows);
    for (const i of range(now.rows)) {
      for (const j of range(now.rows)) pen.box(MAP.x + j * side, TOP + i * side, side, side, { fill: SKY, alpha: 0.3, faint: 0.3 });
    }
    pen.box(MAP.x + s.column * side, TOP + s.row * side, side, side, { fill: ORANGE, alpha: 0.8, edge: RED, thick: side > 9 ? 3 : 2 });
  },

  caption(s) {
    const line = s.data.lines[s.layer], [top, left, size] = field(s);
    const parameters = line.parameters ? `${line.account}, ${thousands(line.parameters)} parameters` : "no parameters";
    const said = `${line.name} gives ${line.shape}, with ${parameters}. ${line.how}. `;
    if (!line.rows) return `${said}Each of its numbers depends on the whole image.`;
    if (!s.layer) return `${said}Pixel [${s.row}, ${s.column}] is chosen.`;
    return `${said}Cell [${s.row}, ${s.column}] of each map depends on rows ${top} to ${top + size - 1} and columns ${left} ` +
      `to ${left + size - 1} of the image, ${size}×${size} pixels; its neighbour's field begins ${line.jump} further.`;
  },
};

const cellOf = rows => Math.min(28, MAP.side / Math.max(1, rows));

export { scene };
export default mount(scene);
