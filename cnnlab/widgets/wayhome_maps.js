// Draw the two rows: values from left to right, and gradients back from right to left, each under its value.
import { COLOURS, decimals } from "./canvas.js";
import { WAY } from "./wayhome_network.js";
import { cornerOf } from "./wayhome_layout.js";
import { deadEnd, products, reach } from "./wayhome_route.js";

const rgb = text => [1, 3, 5].map(k => parseInt(text.slice(k, k + 2), 16));
const mix = (a, b, t) => a.map((v, k) => Math.round(v + (b[k] - v) * t));
const DIM = 0.34;
// The step between a column and the next one.
const STEP_OF = [6, 5, 4, 3, 2, 2, 1];

// What each meaning is drawn in: [colour of the middle, of the largest] for maps; fills, and lines on this page.
export function coloursOf(dark) {
  const fill = Object.fromEntries(Object.entries(COLOURS).map(([name, [colour]]) => [name, colour]));
  const line = Object.fromEntries(Object.entries(COLOURS).map(([name, shades]) => [name, shades[dark ? 2 : 1]]));
  const ends = dark ? { x: "#d8f0ff", y: "#9df0d2", above: "#ffd3ea", below: "#d6c8ff" } : { x: "#0b4a78", y: "#003d2c", above: "#7a2754", below: "#2f1b63" };
  const ramps = Object.fromEntries(Object.keys(ends).map(n => [n, [n === "below" ? line.below : fill[n], ends[n]]]));
  return { page: dark ? "#111111" : "#ffffff", cone: dark ? 0.16 : 0.1, fill, line, ramps };
}

// 256 colours from nothing to the largest, through the middle one at a good half.
function ramp(page, [middle, end]) {
  const [a, b, c] = [page, middle, end].map(rgb);
  return Array.from({ length: 256 }, (_, k) => (k < 150 ? mix(a, b, k / 150) : mix(b, c, (k - 150) / 105)));
}

const ramps = new Map();
function rampsOf(dark) {
  if (!ramps.has(dark)) {
    const c = coloursOf(dark);
    ramps.set(dark, Object.fromEntries(Object.entries(c.ramps).map(([n, ends]) => [n, ramp(c.page, ends)])));
  }
  return ramps.get(dark);
}

// One pixel for each cell of a column, all its maps on one scale: values by their share, gradients by its root.
function sheetOf(c, values, most, row, dark) {
  const sheet = document.createElement("canvas"), down = Math.ceil(c.maps / c.across), colours = rampsOf(dark);
  [sheet.width, sheet.height] = [c.across * c.w, down * c.h];
  const image = new ImageData(sheet.width, sheet.height);
  for (let m = 0, k = 0; m < c.maps; m++) for (let i = 0; i < c.h; i++) for (let j = 0; j < c.w; j++, k++) {
    const v = values[k], share = most ? Math.min(1, Math.abs(v) / most) : 0;
    const table = row ? colours[v < 0 ? "below" : "above"] : colours[c.above === "x" ? "x" : "y"];
    const colour = table[Math.round(255 * (row ? Math.sqrt(share) : share))];
    const at = 4 * ((Math.floor(m / c.across) * c.h + i) * sheet.width + (m % c.across) * c.w + j);
    image.data.set([...colour, 255], at);
  }
  sheet.getContext("2d").putImageData(image, 0, 0);
  return sheet;
}

// Hatch the wrong cells of a column, and draw a line around them.
function hatch(p, c, wrong, colour) {
  const cells = new Path2D(), edge = new Path2D();
  for (let m = 0, k = 0; m < c.maps; m++) {
    const [left, top] = cornerOf(c, m, 1);
    for (let i = 0; i < c.h; i++) for (let j = 0; j < c.w; j++, k++) {
      if (!wrong[k]) continue;
      const x = left + j * c.cell, y = top + i * c.cell, s = c.cell;
      cells.rect(x, y, s, s);
      const line = (x0, y0, x1, y1) => { edge.moveTo(x0, y0); edge.lineTo(x1, y1); };
      if (c.flat || !i || !wrong[k - c.w]) line(x, y, x + s, y);
      if (c.flat || i === c.h - 1 || !wrong[k + c.w]) line(x, y + s, x + s, y + s);
      if (c.flat || !j || !wrong[k - 1]) line(x, y, x, y + s);
      if (c.flat || j === c.w - 1 || !wrong[k + 1]) line(x + s, y, x + s, y + s);
    }
  }
  p.save();
  p.clip(cells);
  Object.assign(p, { strokeStyle: colour, lineWidth: 1.4 });
  p.beginPath();
  for (let d = -c.high; d < c.wide; d += 5) { p.moveTo(c.x + d, c.y[1] + c.high); p.lineTo(c.x + d + c.high, c.y[1]); }
  p.stroke();
  p.restore();
  Object.assign(p, { strokeStyle: colour, lineWidth: c.cell < 3 ? 0.7 : 1.1 });
  p.stroke(edge);
}

const KEPT = 4, sheets = new Map();
// All maps at full strength, drawn once for each image, gear, size and theme; the last few are kept.
function baseOf(run, layout, dark, dense) {
  const key = `${run.key} ${layout.wide} ${dark} ${dense}`;
  if (sheets.has(key)) return sheets.get(key);
  const sheet = document.createElement("canvas"), colours = coloursOf(dark);
  [sheet.width, sheet.height] = [Math.round(layout.wide * dense), Math.round(layout.high * dense)];
  const p = sheet.getContext("2d");
  p.scale(dense, dense);
  p.imageSmoothingEnabled = false;
  for (const c of layout.columns) for (const row of [0, 1]) {
    const name = row ? c.below : c.above;
    const small = sheetOf(c, (row ? run.g : run.a)[name], (row ? run.steep : run.most)[name], row, dark);
    for (let m = 0; m < c.maps; m++) {
      const [x, y] = cornerOf(c, m, row), inset = c.flat ? 1 : 0;
      p.drawImage(small, (m % c.across) * c.w, Math.floor(m / c.across) * c.h, c.w, c.h, x, y, c.w * c.cell - inset, c.h * c.cell - inset);
    }
    if (row && run.counts[name]) hatch(p, c, run.wrong[name], colours.line.wrong);
  }
  if (sheets.size >= KEPT) sheets.delete(sheets.keys().next().value);
  sheets.set(key, sheet);
  return sheet;
}

// The frame of what x's cell reaches in map m of a column.
function boxOf(c, cone, m, row) {
  const [top, bottom, left, right] = cone[c.below] ?? [0, c.h - 1, 0, c.w - 1], [x, y] = cornerOf(c, m, row);
  return [x + left * c.cell, y + top * c.cell, (right - left + 1) * c.cell, (bottom - top + 1) * c.cell];
}

// Grey fields from each column's part of the cone to the next one's.
// Where the gradient ends, the rest of its way is dotted. ends: the step after which nothing is left, or 7.
function drawCone(p, s, layout, cone, row, look, ends) {
  const { columns, bars } = layout;
  const sides = columns.map((c, k) => {
    if (k < 3) { const [x, y, w, h] = boxOf(c, cone, k ? s.map : 0, row); return [x, x + w, y, y + h]; }
    return [c.x, c.x + c.wide, c.y[row], c.y[row] + c.high];
  });
  sides.push([bars.x - 2, bars.x, bars.y[row], bars.y[row] + bars.high]);
  for (let k = 0; k + 1 < sides.length; k++) {
    const [, x0, t0, b0] = sides[k], [x1, , t1, b1] = sides[k + 1];
    p.beginPath();
    [[x0, t0], [x1, t1], [x1, b1], [x0, b0]].forEach(([x, y], i) => (i ? p.lineTo(x, y) : p.moveTo(x, y)));
    p.closePath();
    const gone = STEP_OF[k] >= ends;
    Object.assign(p, { fillStyle: look.ink, globalAlpha: gone ? 0 : look.colours.cone });
    p.fill();
    p.setLineDash(gone ? [2, 4] : []);
    Object.assign(p, { strokeStyle: look.ink, globalAlpha: 0.7, lineWidth: 1 });
    for (const [a, b] of [[t0, t1], [b0, b1]]) { p.beginPath(); p.moveTo(x0, a); p.lineTo(x1, b); p.stroke(); }
    p.setLineDash([]);
    p.globalAlpha = 1;
  }
}

// look: { ink, colours, dark, dense, text(words, x, y, how) }
export function drawMaps(p, s, run, layout, look) {
  const sheet = baseOf(run, layout, look.dark, look.dense), cone = reach(s), lit = new Path2D();
  const put = () => p.drawImage(sheet, 0, 0, layout.wide, layout.high);
  p.globalAlpha = DIM;
  put();
  p.globalAlpha = 1;
  for (const c of layout.columns) for (const row of [0, 1]) {
    if (c.flat || c.below === "x") lit.rect(c.x, c.y[row], c.wide, c.high);
    else for (let m = 0; m < c.maps; m++) lit.rect(...boxOf(c, cone, m, row));
  }
  p.save();
  p.clip(lit);
  p.fillStyle = look.colours.page;
  p.fillRect(0, 0, layout.wide, layout.high);
  put();
  p.restore();
  const sends = products(s, run, s.map).some(at => at?.product);
  drawCone(p, s, layout, cone, 0, look, 7);
  drawCone(p, s, layout, cone, 1, look, sends ? 7 : deadEnd(s, run.g, s.map).step);
  const step = layout.pills.find(pill => pill.step === s.step);
  for (const [k, c] of layout.columns.entries()) for (const row of [0, 1]) {
    const frame = (box, thick, alpha) => {
      Object.assign(p, { strokeStyle: look.ink, lineWidth: thick, globalAlpha: alpha });
      p.strokeRect(...box);
      p.globalAlpha = 1;
    };
    for (let m = 0; m < c.maps; m++) {
      const [x, y] = cornerOf(c, m, row);
      frame([x, y, c.w * c.cell - (c.flat ? 1 : 0), c.h * c.cell - (c.flat ? 1 : 0)], c.flat ? 0.5 : 0.8, c.flat ? 0.4 : 0.6);
      const chosen = c.maps === 6 && m === s.map;
      if (chosen) frame([x, y, c.w * c.cell, c.h * c.cell], 2.4, 1);
      if (!c.flat) frame(boxOf(c, cone, m, row), c.below === "x" || chosen ? 2.2 : 1.2, 1);
    }
    if (step?.columns.includes(k)) frame([c.x - 4, c.y[row] - 4, c.wide + 8, c.high + 8], 2, 1);
    if (c.below === "x") {
      look.text(String(s.row), c.x - 6, c.y[row] + (s.row + 0.5) * c.cell, { align: "right" });
      look.text(String(s.column), c.x + (s.column + 0.5) * c.cell, c.y[row] - 8, { align: "center" });
    }
    if (!row) {
      look.text(c.title, c.x + c.wide / 2, 10, { align: "center", bold: true, size: 12 });
      look.text(c.size, c.x + c.wide / 2, 25, { align: "center", faint: true });
    }
  }
  drawBars(p, run, layout, look);
}

function drawBars(p, run, { bars }, look) {
  look.text("p", bars.x + 40, 10, { align: "center", bold: true, size: 12 });
  look.text("ten classes", bars.x + 40, 25, { align: "center", faint: true });
  const high = bars.high / 10, room = bars.wide - 16;
  for (const row of [0, 1]) {
    const values = row ? run.g.logits : run.a.p, zero = bars.x + 14 + (row ? room * 0.4 : 0);
    const long = row ? room * 0.38 : room - 36;
    Object.assign(p, { fillStyle: look.ink, globalAlpha: 0.5 });
    p.fillRect(zero - 0.5, bars.y[row], 1, bars.high);
    p.globalAlpha = 1;
    values.forEach((v, k) => {
      const y = bars.y[row] + (k + 0.5) * high, named = k === run.label || k === run.answer;
      look.text(String(k), bars.x + 8, y, { align: "center", bold: named });
      p.fillStyle = row ? (v > 0 ? look.colours.fill.above : look.colours.line.below) : look.colours.fill.y;
      p.fillRect(zero, y - high * 0.32, v * long, high * 0.64);
      if (Math.abs(v) < 0.05) return;
      const far = zero + v * long;
      look.text(decimals(v, 2), v > 0 ? far + 4 : zero + 4, y, { size: 11 });
    });
  }
}

// The marks under the gradients: a check where a column is right, a hatched field where it is not.
export const columnStates = run => WAY.map(name => ({ name, wrong: run.counts[name] > 0 }));
