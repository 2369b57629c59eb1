// What stands between and below the rows: the two arrows, the steps in their order, the marks, and the touched cell.
import { decimals } from "./canvas.js";
import { columnStates } from "./wayhome_maps.js";

const NAMES = { x: "x", conv1: "conv1", pool1: "pool1", conv2: "conv2", pool2: "pool2", fc1: "fc1", fc2: "fc2", logits: "p − t" };

export function drawWay(p, s, run, layout, look, loupe) {
  const y = layout.pills[0].y, end = layout.wide - 4;
  look.text("values, left to right", 24, y - 9, { faint: true });
  arrow(p, 24, end, y + 8, look.colours.fill.y);
  arrow(p, end, 24, y + 27, look.colours.fill.above);
  look.text("gradients with respect to the output of what is named below, right to left", 24, y + 43, { faint: true });
  for (const pill of layout.pills) drawPill(p, s, pill, look);
  drawStates(p, run, layout, look);
  if (loupe) drawLoupe(p, s, run, layout, look, loupe);
}

function arrow(p, from, to, y, colour) {
  const turn = Math.sign(to - from);
  Object.assign(p, { strokeStyle: colour, fillStyle: colour, lineWidth: 2 });
  p.beginPath();
  p.moveTo(from, y);
  p.lineTo(to - 6 * turn, y);
  p.stroke();
  p.beginPath();
  p.moveTo(to, y);
  p.lineTo(to - 9 * turn, y - 5);
  p.lineTo(to - 9 * turn, y + 5);
  p.fill();
}

function drawPill(p, s, { step, name, x, y, wide, high }, look) {
  const spoiled = s.spoiled && name.split(", ").includes(s.layer), lit = step === s.step;
  p.beginPath();
  p.roundRect(x, y, wide, high, 8);
  p.fillStyle = look.colours.page;
  p.fill();
  Object.assign(p, { fillStyle: look.ink, globalAlpha: 0.06 });
  p.fill();
  p.globalAlpha = 1;
  Object.assign(p, { strokeStyle: spoiled ? look.colours.line.wrong : look.ink, lineWidth: spoiled || lit ? 2.4 : 1 });
  p.stroke();
  p.beginPath();
  p.arc(x + 16, y + high / 2, 9, 0, 7);
  p.fillStyle = look.ink;
  p.fill();
  look.text(String(step), x + 16, y + high / 2 + 0.5, { align: "center", bold: true, colour: look.colours.page });
  look.text(name, x + 30, y + high / 2 + 0.5, { bold: true, size: 12 });
}

// Right or wrong, under each column of gradients.
function drawStates(p, run, { columns, bars }, look) {
  const y = bars.y[1] + bars.high + 15;
  for (const { name, wrong } of columnStates(run)) {
    const c = columns.find(column => column.below === name), words = NAMES[name];
    const middle = c ? c.x + c.wide / 2 : bars.x + 40, x = middle - (18 + 6 * words.length) / 2;
    drawMark(p, x + 7, y, wrong, look);
    look.text(words, x + 18, y, {});
  }
}

function drawMark(p, x, y, wrong, { colours }) {
  p.beginPath();
  if (wrong) {
    p.rect(x - 6.5, y - 6.5, 13, 13);
    Object.assign(p, { strokeStyle: colours.line.wrong, lineWidth: 1.6 });
    p.stroke();
    p.beginPath();
    for (const [a, b, c, d] of [[-3.5, -3.5, 3.5, 3.5], [3.5, -3.5, -3.5, 3.5]]) { p.moveTo(x + a, y + b); p.lineTo(x + c, y + d); }
    Object.assign(p, { lineWidth: 2.2 });
    p.stroke();
    return;
  }
  p.arc(x, y, 7, 0, 7);
  p.fillStyle = colours.line.right;
  p.fill();
  p.beginPath();
  [[-3, 0.2], [-0.8, 2.6], [3.2, -2.4]].forEach(([a, b], k) => (k ? p.lineTo(x + a, y + b) : p.moveTo(x + a, y + b)));
  Object.assign(p, { strokeStyle: "#fff", lineWidth: 1.8 });
  p.stroke();
}

// A finger covers the cell: show it, with its neighbours, 40 pixels above.
function drawLoupe(p, s, run, { columns: [c], wide }, look, [fx, fy]) {
  const side = 13, span = 5, box = side * span, x = Math.max(2, Math.min(wide - box - 92, fx - box / 2)), y = Math.max(2, fy - 40 - box);
  const row = fy < (c.y[0] + c.high + c.y[1]) / 2 ? 0 : 1, values = row ? run.g.x : run.a.x, most = row ? run.steep.x : run.most.x;
  p.fillStyle = look.colours.page;
  p.fillRect(x - 3, y - 3, box + 92, box + 6);
  for (let a = 0; a < span; a++) for (let b = 0; b < span; b++) {
    const i = s.row + a - 2, j = s.column + b - 2, v = i < 0 || j < 0 || i > 31 || j > 31 ? 0 : values[32 * i + j];
    const share = Math.abs(v) / (most || 1);
    Object.assign(p, { fillStyle: row ? (v < 0 ? look.colours.line.below : look.colours.fill.above) : look.colours.fill.x, globalAlpha: row ? Math.sqrt(share) : share });
    p.fillRect(x + b * side, y + a * side, side, side);
    p.globalAlpha = 1;
  }
  Object.assign(p, { strokeStyle: look.ink, lineWidth: 2 });
  p.strokeRect(x + 2 * side, y + 2 * side, side, side);
  p.lineWidth = 1;
  p.strokeRect(x - 3, y - 3, box + 92, box + 6);
  const k = 32 * s.row + s.column;
  look.text(`x[${s.row}, ${s.column}]`, x + box + 8, y + 14, { bold: true });
  look.text(`= ${decimals(run.a.x[k], 2)}`, x + box + 8, y + 30);
  look.text(`dx ${decimals(run.g.x[k], 4)}`, x + box + 8, y + 48);
}
