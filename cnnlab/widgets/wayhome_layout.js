// Where everything in the two rows of maps is, for a width: large from 1,060 pixels on, and never narrower than NARROWEST.
import { SHAPES } from "./wayhome_network.js";

export const NARROWEST = 768, HEIGHT = 506;
const ROW = 176, TOPS = [48, 306], PILL_TOP = 240, PILL_HIGH = 34, LEFT = 24, BARS = 76, BETWEEN = 3;

// above: the layer whose values are shown; below: the one whose gradient is; large, small: pixels of a cell
const COLUMNS = [
  { above: "x", below: "x", title: "x", size: "32×32", across: 1, large: 5, small: 4 },
  { above: "relu1", below: "conv1", title: "after relu1", size: "6 × 28×28", across: 2, large: 2, small: 2 },
  { above: "pool1", below: "pool1", title: "after pool1", size: "6 × 14×14", across: 2, large: 4, small: 3 },
  { above: "relu2", below: "conv2", title: "after relu2", size: "16 × 10×10", across: 4, large: 4, small: 3 },
  { above: "pool2", below: "pool2", title: "after pool2", size: "16 × 5×5", across: 4, large: 6, small: 4 },
  { above: "relu3", below: "fc1", title: "relu3", size: "120", across: 5, large: 7, small: 7 },
  { above: "relu4", below: "fc2", title: "relu4", size: "84", across: 4, large: 7, small: 7 },
];

// the number of the step, its layers, and the two columns that it lies between
export const PILLS = [
  [6, "conv1, relu1", 0, 1], [5, "pool1", 1, 2], [4, "conv2, relu2", 2, 3], [3, "pool2", 3, 4], [2, "fc1, fc2, fc3", 4, 6], [1, "loss", 6, 7],
];

export function layoutOf(width) {
  const wide = Math.max(NARROWEST, Math.floor(width)), size = wide >= 1060 ? "large" : "small";
  const columns = COLUMNS.map(c => {
    const [maps, h, w] = SHAPES[c.above], cell = c[size], flat = h === 1, between = flat ? 0 : BETWEEN;
    const down = Math.ceil(maps / c.across);
    return { ...c, maps, h, w, cell, between, flat, wide: c.across * w * cell + (c.across - 1) * between, high: down * h * cell + (down - 1) * between };
  });
  const taken = columns.reduce((sum, c) => sum + c.wide, 0) + LEFT + BARS + 8, gap = Math.min(44, (wide - taken) / columns.length);
  let x = LEFT;
  for (const c of columns) {
    c.x = x;
    c.y = TOPS.map(top => top + (ROW - c.high) / 2);
    x += c.wide + gap;
  }
  const bars = { x, wide: Math.min(BARS + 30, wide - x - 8), y: TOPS, high: ROW };
  const ends = [...columns.map(c => [c.x, c.x + c.wide]), [bars.x, bars.x + bars.wide]];
  let free = LEFT;
  const pills = [...PILLS].map(([step, name, a, b]) => {
    const long = 36 + 7.4 * name.length, middle = (ends[a][1] + ends[b][0]) / 2;
    const left = Math.min(Math.max(free, middle - long / 2), wide - long - 2);
    free = left + long + 6;
    return { step, name, columns: [a, b], x: left, y: PILL_TOP, wide: long, high: PILL_HIGH };
  });
  return { wide: Math.round(Math.min(wide, bars.x + bars.wide + 8)), high: HEIGHT, columns, bars, pills, gap };
}

// The upper left corner of map m of a column, in the row of values (0) or of gradients (1).
export const cornerOf = (c, m, row) => [c.x + (m % c.across) * (c.w * c.cell + c.between), c.y[row] + Math.floor(m / c.across) * (c.h * c.cell + c.between)];

// What is at a point: { row, column } of x, a map of conv1, a step, or nothing.
export function hit({ columns, pills }, x, y) {
  const pill = pills.find(p => x >= p.x && x <= p.x + p.wide && y >= p.y && y <= p.y + p.high);
  if (pill) return { step: pill.step };
  for (const [k, c] of columns.slice(0, 3).entries()) for (const row of [0, 1]) for (let m = 0; m < c.maps; m++) {
    const [left, top] = cornerOf(c, m, row), i = Math.floor((y - top) / c.cell), j = Math.floor((x - left) / c.cell);
    if (i < 0 || j < 0 || i >= c.h || j >= c.w) continue;
    return k ? { map: m } : { row: i, column: j };
  }
  return null;
}

// The cell of x that is nearest to a point, for a hand that has left the image.
export function nearestCell({ columns: [c] }, x, y) {
  const row = Math.abs(y - c.y[0] - c.high / 2) < Math.abs(y - c.y[1] - c.high / 2) ? 0 : 1;
  const within = v => Math.max(0, Math.min(31, Math.floor(v)));
  return { row: within((y - c.y[row]) / c.cell), column: within((x - c.x) / c.cell) };
}
