// Chapter 19: the filters of the first convolution, before the training and after it, as small grey pictures.
import { clip, number, range } from "./canvas.js";

const SIDE = 5, HEAD = 66, NUMBER = 24, LABEL = 20, LABELS = 108, BESIDE = 480; // BESIDE: from here on labels stand on the left
const MOST = 0.5; // this weight and larger ones are white, and those below −MOST are black

const grey = weight => Math.round(127.5 * (1 + clip(weight / MOST, -1, 1)));

// Where the three rows of filters stand below `top`: at [left + k·apart, rows[n]] begins filter k of row n.
export function layoutFilters(s, width, top) {
  const many = s.data.filters.first.length, left = width >= BESIDE ? LABELS : 2, free = width - left - 4;
  const cell = clip(Math.floor((free - 8 * (many - 1)) / (many * SIDE)), 5, 10), side = SIDE * cell;
  const apart = Math.min(side + 32, Math.floor((free - side) / (many - 1))), above = left === LABELS ? 0 : LABEL;
  const high = above + side + NUMBER, first = top + HEAD + above, second = first + side + 10 + above; // the first weights have no number below
  return { left, cell, side, apart, above, top, rows: [first, second, second + high], many, bottom: second + 2 * high - above };
}

// The filter at a place, or nothing.
export function pickFilter({ left, side, apart, many, rows, bottom }, x, y) {
  const k = Math.floor((x - left + (apart - side) / 2) / apart);
  return y >= rows[0] - 20 && y < bottom && k >= 0 && k < many ? { filter: k } : null;
}

export function drawFilters(pen, s, { left, cell, side, apart, above, top, rows, many, bottom }) {
  const { filters } = s.data, names = [["first", "first weights"], ["right", "right run"], [s.run, `run ${s.run}`]];
  pen.text("Filters of conv1 after the last step", 0, top + 10, { size: 12, bold: true });
  pen.text("black: −0.5 or less, grey: 0, white: 0.5 or more", 0, top + 28, { size: 11 });
  names.forEach(([run, name], n) => {
    if (above) pen.text(n ? `${name}; below: moved by` : name, left, rows[n] - 12, { size: 11 });
    else pen.text(name, left - 10, rows[n] + side / 2, { size: 12, align: "right" });
    if (n && !above) pen.text("moved by", left - 10, rows[n] + side + 12, { size: 11, align: "right" });
    filters[run].forEach((weights, k) => {
      const x = left + k * apart;
      weights.forEach((weight, at) => {
        const light = grey(weight);
        pen.box(x + (at % SIDE) * cell, rows[n] + Math.floor(at / SIDE) * cell, cell, cell, { fill: `rgb(${light}, ${light}, ${light})`, alpha: 1, edge: null });
      });
      const chosen = k === s.filter, off = chosen ? 4 : 1;
      pen.box(x - off, rows[n] - off, side + 2 * off, side + 2 * off, chosen ? { thick: 2.5 } : { faint: 0.6 });
      if (n) pen.text(number(s.data.moves[run][k]), x + side / 2, rows[n] + side + 12, { size: 11, align: "center", bold: chosen });
    });
  });
  for (const k of range(many)) pen.text(k, left + k * apart + side / 2, rows[0] - above - 14, { size: 11, align: "center", bold: k === s.filter });
}

// How far the chosen filter has moved from its first weights, and whether in the right run's direction.
export function describeFilter(s) {
  const [length, right] = [s.run, "right"].map(run => s.data.moves[run][s.filter]), cosine = s.data.cosines[s.run][s.filter];
  if (!length && !right) return `Filter ${s.filter} of conv1 has not moved in either.`;
  const both = cosine === null ? "" : `; cosine of the two moves ${number(cosine)}`;
  return `Filter ${s.filter} of conv1 has moved by ${number(length)}, right run ${number(right)}${both}.`;
}
