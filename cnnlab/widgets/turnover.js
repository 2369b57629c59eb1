// Chapter 8: the matrix of a convolution turns over about its diagonal, and its columns are the turned kernel.
import { GREY, ORANGE, clip, mount, range, still, whole } from "./canvas.js";
import { ASIDE, asideHigh, drawUses, drawWindow, gradientOf, termsOf } from "./turnover_aside.js";
import { RESTS, cellAt, entry, sides, spot, turnTo, usesOf } from "./turnover_sheet.js";

const EDGE = 30, HEAD = 44, GAP = 28, LEAST = 15; // LEAST: of a cell; then numbers on a line that is seen edge-on do not touch
const quiet = () => typeof matchMedia !== "undefined" && still();

// Beside the sheet if there is room, or above it.
function layout(s, width) {
  const { n } = sides(s), beside = width >= n * n * LEAST + EDGE + GAP + ASIDE;
  const cell = clip(Math.floor((width - EDGE - 8 - (beside ? GAP + ASIDE : 0)) / (n * n)), LEAST, 20);
  const sheet = { x: EDGE, y: HEAD, side: n * n * cell };
  const aside = beside ? { x: sheet.x + sheet.side + GAP, y: 0 } : { x: 0, y: 0 };
  if (!beside) sheet.y += asideHigh(s);
  return { beside, cell, sheet, aside, wide: Math.max(width, sheet.x + sheet.side + 8, aside.x + ASIDE), grid: { x: aside.x, y: aside.y + 40, side: 26 } };
}

function jump(s, right) {
  const rest = right > 0 ? RESTS.find(t => t > s.turn) : RESTS.findLast(t => t < s.turn);
  return rest ?? s.turn;
}

const atCorner = (s, a, b, cell) => {
  const [x, y] = spot(s.turn, 0, s.input ** 2);
  return Math.hypot(a - x, b - y) * cell < 24;
};
const middleOf = side => Math.floor(side / 2) * (side + 1);
let held = false; // whether a hand has the corner of the sheet

const scene = {
  room: 330,
  pace: 60,
  says: { turn: s => `${String(Math.round(1.8 * s.turn)).padStart(3, "\u2007")}°` }, // as wide at every angle
  size(s, width) {
    const l = layout(s, width);
    return [l.wide, l.beside ? Math.max(l.sheet.y + l.sheet.side + 8, asideHigh(s)) : l.sheet.y + l.sheet.side + 8];
  },
  settle(s) {
    const { n, m } = sides(s), turn = quiet() ? RESTS.reduce((a, b) => (Math.abs(b - s.turn) < Math.abs(a - s.turn) ? b : a)) : s.turn;
    return { turn: clip(turn, 0, 100), place: clip(s.place, 0, (s.along === "row" ? m * m : n * n) - 1) };
  },
  move: (s, right, down) => (right ? { turn: quiet() ? jump(s, right) : clip(s.turn + 5 * right, 0, 100) } : { place: s.place + down }),
  press: s => ({ along: s.along === "row" ? "column" : "row", place: s.along === "row" ? middleOf(sides(s).n) : middleOf(sides(s).m) }),
  play: s => (s.turn < 100 ? { turn: quiet() ? jump(s, 1) : Math.min(100, s.turn + 4) } : null),
  pick(s, x, y, width) {
    const l = layout(s, width);
    held = atCorner(s, (x - l.sheet.x) / l.cell, (y - l.sheet.y) / l.cell, l.cell);
    if (held) return null;
    const { n, m } = sides(s), g = l.grid;
    const [i, j] = [y - g.y, x - g.x].map(v => Math.floor(v / g.side));
    if (i >= 0 && j >= 0 && i < n && j < n && s.along === "row") return { along: "column", place: n * i + j };
    const [a, b] = [y - g.y, x - g.x - (n + 2) * g.side].map(v => Math.floor(v / g.side));
    if (a >= 0 && b >= 0 && a < m && b < m && s.along === "row") return { along: "row", place: m * a + b };
    const found = cellAt(s, (x - l.sheet.x) / l.cell, (y - l.sheet.y) / l.cell);
    return found && { place: s.along === "row" ? found[0] : found[1] };
  },
  drag(s, x, y, width) {
    // The corner goes along a straight line; once it is held, a fast hand may be some way ahead of it.
    const { sheet, cell } = layout(s, width), [a, b] = [(x - sheet.x) / cell, (y - sheet.y) / cell];
    const aside = (Math.abs(a + b - s.input ** 2) * cell) / Math.SQRT2;
    held = atCorner(s, a, b, cell) || (held && aside < 60);
    return held ? { turn: turnTo(s, a, b) } : scene.pick(s, x, y, width);
  },

  draw(pen, s) {
    const l = layout(s, pen.width);
    (s.along === "row" ? drawWindow : drawUses)(pen, s, l);
    drawSheet(pen, s, l);
  },

  caption(s) {
    const { n, m, k } = sides(s), turned = s.turn > 50, sheet = turned ? "Aᵀ" : "A";
    const name = (s.along === "row") === turned ? "Column" : "Row", p = s.place;
    if (s.along === "row") {
      const weights = range(n * n).map(c => entry(s, p, c)).filter(Boolean).join(" ");
      return `${name} ${p} of ${sheet} is the window of y[${Math.floor(p / m)}, ${p % m}]: it lays the kernel on ${k * k} cells of x, in the kernel's own order, ${weights}.`;
    }
    const met = usesOf(s, p), cell = `[${Math.floor(p / n)}, ${p % n}]`, rest = met.length === m * m ? "" : `, with ${m * m - met.length} zeros,`;
    return `${name} ${p} of ${sheet} is the cell x${cell}: ${met.length} ${met.length === 1 ? "window uses" : "windows use"} it, and in their order it met ` +
      `${met.map(([, , w]) => w).join(" ")}. Folded into ${m} lines${rest} this is the kernel turned by 180°; laid on dy it gives dx${cell} = ` +
      `${termsOf(s, met).join(" + ")} = ${whole(gradientOf(s, met))}.`;
  },
};

// The sheet, as far as it is turned; the chosen line keeps its numbers, and they stay upright.
function drawSheet(pen, s, { sheet, cell }) {
  const { n, m } = sides(s), [rows, columns] = [m * m, n * n], flat = s.turn === 0 || s.turn === 100, { context } = pen;
  const at = (r, c) => { const [x, y] = spot(s.turn, r, c); return [sheet.x + x * cell, sheet.y + y * cell]; };
  const quad = (r, c, high, wide) => [at(r, c), at(r, c + wide), at(r + high, c + wide), at(r + high, c)];
  const fill = (points, colour, alpha) => {
    context.beginPath();
    points.forEach(([x, y], k) => (k ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.closePath();
    Object.assign(context, { fillStyle: colour, globalAlpha: alpha });
    context.fill();
    context.globalAlpha = 1;
  };
  const title = s.turn === 0 ? `A, ${rows} × ${columns}: y = A x` : s.turn === 100 ? `Aᵀ, ${columns} × ${rows}: dx = Aᵀ dy` : "A, turning over about its diagonal";
  pen.text(title, sheet.x, sheet.y - HEAD + 12, { size: 13, bold: true });
  for (const turn of [0, 100]) {
    const [x, y] = spot(turn, rows, columns);
    if (turn !== s.turn) pen.box(sheet.x, sheet.y, x * cell, y * cell, { faint: 0.45, dash: [5, 4] });
  }
  const corner = Math.max(rows, 4) * cell;
  pen.line([[sheet.x, sheet.y], [sheet.x + corner, sheet.y + corner]], { dash: [2, 4], alpha: 0.6, thick: 1 });
  fill(quad(0, 0, rows, columns), pen.page, 0.9);
  fill(quad(0, 0, rows, columns), s.turn > 50 ? GREY : pen.page, 0.08);
  const lit = []; // the numbers of the chosen line, which stand on its outline
  for (const r of range(rows)) for (const c of range(columns)) {
    const w = entry(s, r, c), chosen = s.place === (s.along === "row" ? r : c);
    if (!w && !chosen) continue;
    fill(quad(r, c, 1, 1), w ? ORANGE : GREY, w ? (chosen ? 0.95 : 0.22) : 0.15);
    const [x, y] = at(r + 0.5, c + 0.5);
    if (w && chosen) lit.push([w, x, y]);
    else if (w && flat) pen.text(w, x, y + 0.5, { align: "center", size: 11 });
  }
  const outline = (points, thick, alpha) => pen.line([...points, points[0]], { thick, alpha });
  outline(quad(0, 0, rows, columns), 1.2, 0.8);
  outline(s.along === "row" ? quad(s.place, 0, 1, columns) : quad(0, s.place, rows, 1), 2.6, 1);
  for (const [w, x, y] of lit) {
    if (!flat) pen.box(x - 5.5, y - 5.5, 11, 11, { fill: ORANGE, alpha: 1, edge: null });
    pen.text(w, x, y + 0.5, { align: "center", size: 12, bold: true, colour: "#000" });
  }
  drawNumbers(pen, s, at, cell, flat);
  const [x, y] = at(0, columns);
  pen.dot(x, y, 6, { fill: pen.page, edge: pen.ink });
}

function drawNumbers(pen, s, at, cell, flat) {
  const { n, m } = sides(s), turned = s.turn === 100, counts = turned ? [n * n, m * m] : [m * m, n * n];
  const chosen = { row: s.place, column: s.place };
  for (const [line, count] of [["row", counts[0]], ["column", counts[1]]]) {
    const own = (s.along === line) !== turned;
    for (const k of range(count)) {
      const lit = own && k === chosen[s.along];
      if (!flat ? !lit || turned : !lit && k % 2) continue;
      const [x, y] = line === "row" ? at(...(turned ? [0, k + 0.5] : [k + 0.5, 0])) : at(...(turned ? [k + 0.5, 0] : [0, k + 0.5]));
      if (line === "row") pen.text(k, x - 6, y, { align: "right", size: 11, bold: lit });
      else pen.text(k, x, y - 9, { align: "center", size: 11, bold: lit });
    }
  }
}

export { scene };
export default mount(scene);
