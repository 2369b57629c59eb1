// The sheet that turns about its diagonal: where its cells are, and which one a point is in.
import { clip, range } from "./canvas.js";

export const RESTS = [0, 35, 100];

export const sides = s => ({ n: s.input, k: s.kernel, m: s.input - s.kernel + 1 });

// The weight in row r, column c of A, or 0: w[u, v] is number k·u + v + 1.
export function entry(s, r, c) {
  const { n, k, m } = sides(s), u = Math.floor(c / n) - Math.floor(r / m), v = (c % n) - (r % m);
  return u >= 0 && v >= 0 && u < k && v < k ? k * u + v + 1 : 0;
}

// [row of y, column of y, weight] of every window that cell c of x is in
export function usesOf(s, c) {
  const { m } = sides(s);
  return range(m * m).map(r => [Math.floor(r / m), r % m, entry(s, r, c)]).filter(([, , w]) => w);
}

// How far a step along a row and a step down a column of A goes on the page, in cells: [[across, down], [across, down]].
// What lies along the diagonal stays; the rest turns into the depth, and comes out on the other side.
export function axesOf(turn) {
  const flat = Math.cos((Math.PI * turn) / 100), near = (1 + flat) / 2, far = (1 - flat) / 2;
  return { across: [near, far], down: [far, near] };
}

// Where the point (r, c) of the sheet is, from its upper left corner, in cells.
export function spot(turn, r, c) {
  const { across, down } = axesOf(turn);
  return [c * across[0] + r * down[0], c * across[1] + r * down[1]];
}

// The row and column of A under a point, or nothing; edge-on the sheet has no cells to point at.
export function cellAt(s, x, y) {
  const { n, m } = sides(s), { across, down } = axesOf(s.turn), area = across[0] * down[1] - across[1] * down[0];
  if (Math.abs(area) < 0.05) return null;
  const c = Math.floor((x * down[1] - y * down[0]) / area), r = Math.floor((y * across[0] - x * across[1]) / area);
  return r >= 0 && c >= 0 && r < m * m && c < n * n ? [r, c] : null;
}

// How far the sheet is turned when its upper right corner is dragged to a point.
export const turnTo = (s, x, y) => Math.round((100 * Math.acos(clip((x - y) / s.input ** 2, -1, 1))) / Math.PI);
