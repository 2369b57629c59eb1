// What stands beside the sheet: the window of a row of A, or the uses of a column, folded and laid on dy.
import { GREEN, GREY, ORANGE, SKY, range, signed, whole } from "./canvas.js";
import { sides, usesOf } from "./turnover_sheet.js";

export const ASIDE = 330;
const bracket = v => (v < 0 ? `(${whole(v)})` : String(v));

// The small pictures of a column, and the sides of what is folded.
const smallOf = ({ n, m }) => Math.floor(Math.min(50, 190 / m) / n);
const windowsHigh = t => Math.max(t.m * (smallOf(t) * t.n + 10), 120);
const foldSide = ({ m }) => Math.min(28, 112 / m);

export function asideHigh(s) {
  const t = sides(s);
  return s.along === "row" ? 40 + t.n * 26 + 150 : 40 + windowsHigh(t) + 6 + 38 + Math.max(84, t.m * foldSide(t)) + 128;
}

export const termsOf = (s, met) => met.map(([i, j, w]) => `${w}·${bracket(s.data.upstream[i][j])}`);
export const gradientOf = (s, met) => met.reduce((sum, [i, j, w]) => sum + w * s.data.upstream[i][j], 0);

// A name on a field of its meaning's colour.
function badge(pen, words, x, y, colour) {
  const wide = pen.measure(words, { size: 13, bold: true }) + 12;
  pen.box(x, y, wide, 22, { fill: colour, alpha: 0.55, edge: colour, thick: 1.5 });
  pen.text(words, x + 6, y + 11, { size: 13, bold: true });
  return wide + 8;
}

// A grid of cells; value(i, j) is what stands in one, and look(i, j) how it is drawn.
function grid(pen, x, y, rows, columns, side, value, look) {
  for (const i of range(rows)) for (const j of range(columns)) {
    const how = look(i, j), v = value(i, j);
    pen.box(x + j * side, y + i * side, side, side, { faint: 0.45, alpha: 0.2, ...how });
    if (v !== "") pen.text(v, x + (j + 0.5) * side, y + (i + 0.5) * side + 0.5, { align: "center", size: how.size ?? 12, bold: how.bold, colour: how.fill && how.alpha > 0.5 ? "#000" : pen.ink });
  }
}

// A row of A: its window lies on x, and gives one cell of y.
export function drawWindow(pen, s, { aside, grid: g }) {
  const { n, m, k } = sides(s), i = Math.floor(s.place / m), j = s.place % m, right = g.x + (n + 2) * g.side;
  badge(pen, "x", aside.x, aside.y + 8, SKY);
  badge(pen, "y", right, aside.y + 8, GREEN);
  const inside = (a, b) => a >= i && b >= j && a < i + k && b < j + k;
  grid(pen, g.x, g.y, n, n, g.side, (a, b) => (inside(a, b) ? k * (a - i) + b - j + 1 : n * a + b),
    (a, b) => (inside(a, b) ? { fill: ORANGE, alpha: 0.85, bold: true, size: 14 } : { fill: SKY, size: 11 }));
  pen.box(g.x + j * g.side, g.y + i * g.side, k * g.side, k * g.side, { thick: 3 });
  pen.arrow(g.x + (n + 0.4) * g.side, g.y + 1.5 * g.side, right - 0.4 * g.side, g.y + 1.5 * g.side);
  grid(pen, right, g.y, m, m, g.side, (a, b) => m * a + b, (a, b) => (a === i && b === j ? { fill: GREEN, bold: true } : { fill: GREEN, size: 11 }));
  pen.box(right + j * g.side, g.y + i * g.side, g.side, g.side, { thick: 3 });
  let y = g.y + n * g.side + 14;
  y += pen.words(`The window of y[${i}, ${j}] lays the kernel on ${k * k} cells of x. Row ${s.place} of A has the same ${k * k}, in the same order:`, aside.x, y, { width: ASIDE - 10, size: 13 });
  pen.text(range(k * k).map(w => w + 1).join("  "), aside.x, y + 14, { size: 16, bold: true });
  y += 34;
  const zeros = m * m * (n * n - k * k);
  pen.words(`Row ${m}·i + j, column ${n}·(i + u) + j + v has w[u, v]; the other ${zeros} of ${m * m * n * n} places are 0.`, aside.x, y, { width: ASIDE - 10, size: 12, alpha: 0.85 });
}

// A column of A: one cell of x in each window that has it, and the column folded and laid on dy.
export function drawUses(pen, s, { aside }) {
  const { n, m, k } = sides(s), p = s.place, a = Math.floor(p / n), b = p % n, met = usesOf(s, p), name = `x[${a}, ${b}]`;
  pen.text(met.length === 1 ? "in its one window" : `in its ${met.length} windows`, aside.x + badge(pen, name, aside.x, aside.y + 8, SKY), aside.y + 19, { size: 12 });
  const small = smallOf(sides(s)), step = small * n + 10, x0 = aside.x, y0 = aside.y + 40;
  const weight = new Map(met.map(([i, j, w]) => [m * i + j, w]));
  for (const r of range(m * m)) {
    const i = Math.floor(r / m), j = r % m, x = x0 + j * step, y = y0 + i * step, w = weight.get(r);
    grid(pen, x, y, n, n, small, () => "", () => ({ fill: w ? SKY : GREY, faint: w ? 0.4 : 0.15, alpha: w ? 0.2 : 0.06 }));
    pen.box(x + j * small, y + i * small, k * small, k * small, { fill: w ? ORANGE : null, alpha: 0.35, thick: w ? 2 : 1, faint: w ? 1 : 0.4 });
    if (w) {
      pen.box(x + b * small - 2, y + a * small - 2, small + 4, small + 4, { fill: ORANGE, alpha: 1, thick: 1.5 });
      pen.text(w, x + (b + 0.5) * small, y + (a + 0.5) * small + 0.5, { align: "center", size: 11, bold: true, colour: "#000" });
    }
  }
  const words = met.length > 1 ? `The cell stays. As the window moves right and down, the cell moves left and up inside it: it met ${met[0][2]} first, ${met.at(-1)[2]} last.` : "Only one window reaches it.";
  pen.words(words, x0 + m * step + 8, y0, { width: ASIDE - m * step - 12, size: 12, high: 17 });
  drawFold(pen, s, aside, y0 + windowsHigh(sides(s)) + 6, met, weight);
}

function drawFold(pen, s, aside, top, met, weight) {
  const { m, k, n } = sides(s), side = foldSide({ m }), dy = s.data.upstream, p = s.place;
  const columns = [[aside.x, "w", ORANGE, k], [aside.x + 3 * 28 + 22, "folded", ORANGE, m], [aside.x + 3 * 28 + 22 + m * side + 24, "dy", "", m]];
  const values = [(i, j) => k * i + j + 1, (i, j) => weight.get(m * i + j) ?? 0, (i, j) => whole(dy[i][j])];
  columns.forEach(([x, title, colour, count], which) => {
    badge(pen, title === "folded" ? "w, turned" : title, x, top, colour || signed(1));
    grid(pen, x, top + 28, count, count, which ? side : 28, values[which], (i, j) => {
      const v = values[which](i, j), hole = which === 1 && v === 0;
      return { fill: which === 2 ? signed(dy[i][j]) : hole ? null : ORANGE, alpha: which === 1 ? 0.85 : 0.3, bold: !hole, size: 12 };
    });
    if (which === 1) pen.box(x, top + 28, m * side, m * side, { thick: 3 });
  });
  pen.text("·", aside.x + 3 * 28 + 22 + m * side + 12, top + 28 + (m * side) / 2, { size: 20, align: "center" });
  let y = top + 34 + Math.max(3 * 28, m * side) + 4;
  const place = s.turn > 50 ? `Row ${p} of Aᵀ, read along` : `Column ${p} of A, read down`;
  y += pen.words(`${place}: ${met.map(([, , w]) => w).join(" ")}. Folded into ${m} lines${met.length < m * m ? ", with zeros," : ""} it is the kernel, turned. Nobody turned it: reading by columns does.`, aside.x, y, { width: ASIDE - 6, size: 12, high: 17 });
  pen.words(`dx[${Math.floor(p / n)}, ${p % n}] = ${termsOf(s, met).join(" + ")} = ${whole(gradientOf(s, met))}`, aside.x, y + 3, { width: ASIDE - 6, size: 13, bold: true, high: 18 });
}
