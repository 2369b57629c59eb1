// Chapter 12: five update rules race downhill on three surfaces, from a start under the learner's hand.
import { BLUE, GREEN, ORANGE, PINK, PURPLE, clip, mount, number } from "./canvas.js";
import { traceContours } from "./contours.js";

const LOW = -9, HIGH = 3, LIST = 264, ROW = 24; // LIST: the width of the names with their heights
const LOOKS = [
  { colour: BLUE, dash: [] }, { colour: PURPLE, dash: [8, 4] }, { colour: GREEN, dash: [2, 3] },
  { colour: PINK, dash: [8, 3, 2, 3] }, { colour: ORANGE, dash: [18, 4] },
];

const ASIDE = [[13, -10], [13, 10], [-13, -10], [-13, 10], [0, -15]], FURTHER = [[0, 15], [16, 0], [-16, 0], [28, 0], [-28, 0]];  // where a rule's number stands beside its end

function height(surface, x, y) {
  if (surface === "valley") return (x * x + 25 * y * y) / 2;
  if (surface === "saddle") return (x * x - y * y) / 2 + y * y * y * y / 4;
  return ((1 - x) * (1 - x) + 100 * (y - x * x) * (y - x * x)) / 20;
}

function slope(surface, x, y) {
  if (surface === "valley") return [x, 25 * y];
  if (surface === "saddle") return [x, y * y * y - y];
  return [(x - 1 - 200 * x * (y - x * x)) / 10, 10 * (y - x * x)];
}

const away = ([x, y], far) => !(Math.abs(x) < far && Math.abs(y) < far);

// The points of a rule's path. The operations are those of race.py in the same order, so that both give the same bits.
function follow(rule, s) {
  const rate = s.data.rates[s.rate], momentum = s.momentum / 100, mean = [0, 0], square = [0, 0];
  const path = [[s.x / 100, s.y / 100]];
  let fade1 = 1, fade2 = 1;
  for (let t = 0; t < s.steps; t++) {
    const at = [...path[t]];
    fade1 = fade1 * 0.9;
    fade2 = fade2 * 0.999;
    slope(s.surface, ...at).forEach((g, k) => {
      let step = g;
      if (rule === "momentum") {
        step = mean[k] = momentum * mean[k] + g;
      } else if (rule === "AdaGrad") {
        square[k] = square[k] + g * g;
        step = g / (Math.sqrt(square[k]) + 1e-10);
      } else if (rule === "RMSProp") {
        square[k] = 0.99 * square[k] + (1 - 0.99) * g * g;
        step = g / (Math.sqrt(square[k]) + 1e-8);
      } else if (rule === "Adam") {
        mean[k] = 0.9 * mean[k] + (1 - 0.9) * g;
        square[k] = 0.999 * square[k] + (1 - 0.999) * g * g;
        step = mean[k] / (1 - fade1) / (Math.sqrt(square[k] / (1 - fade2)) + 1e-8);
      }
      at[k] = at[k] - rate * step;
    });
    path.push(at);
    if (away(at, s.data.far)) break;
  }
  return path;
}

const plane = s => s.data.surfaces[s.surface][1];
const lowest = s => s.data.surfaces[s.surface][2];
const left = (s, path) => {
  const end = path[path.length - 1];
  return away(end, s.data.far) ? Infinity : height(s.surface, ...end) - lowest(s);
};

// The plane, with the list and the curves beside it, or below it in a narrow column.
function layout(width) {
  const beside = width >= 600, wide = beside ? Math.min(520, width - LIST - 20) : width - 8;
  const plane = { x: 4, y: 4, width: wide, height: Math.round(wide * 0.84) };
  const list = beside ? { x: wide + 24, y: 14 } : { x: 4, y: plane.height + 24 };
  const apart = !beside && width >= 520; // the curves stand beside the list
  const curve = apart ? { x: LIST + 52, y: list.y + 14 } : { x: list.x + 46, y: list.y + 5 * ROW + 26 };
  curve.width = (beside ? list.x + LIST : width) - curve.x - 6;
  curve.height = beside ? Math.max(110, plane.height - curve.y - 20) : 5 * ROW;
  return { plane, list, curve, bottom: Math.max(plane.y + plane.height, curve.y + curve.height + 28) + 6 };
}

function scales(s, width) {
  const [x0, x1, y0, y1] = plane(s), box = layout(width).plane;
  return {
    at: ([x, y]) => [box.x + ((x - x0) / (x1 - x0)) * box.width, box.y + ((y1 - y) / (y1 - y0)) * box.height],
    from: (px, py) => [x0 + ((px - box.x) / box.width) * (x1 - x0), y1 - ((py - box.y) / box.height) * (y1 - y0)],
  };
}

const known = new Map(); // the contour lines of each surface
function contours(s) {
  if (!known.has(s.surface)) {
    const [x0, x1, y0, y1] = plane(s), n = 88, m = 74, place = (i, j) => [x0 + (i / n) * (x1 - x0), y0 + (j / m) * (y1 - y0)];
    known.set(s.surface, traceContours((x, y) => height(s.surface, x, y), s.data.surfaces[s.surface][3], place, n, m));
  }
  return known.get(s.surface);
}

const said = value => (value === Infinity ? "gone for good" : number(value * (1 + 1e-9), 2));

const scene = {
  says: { rate: s => number(s.data.rates[s.rate]), momentum: s => (s.momentum / 100).toFixed(2) },
  room: 330,
  size: (s, width) => [width, layout(width).bottom],
  settle(s) {
    const [x0, x1, y0, y1] = plane(s).map(edge => Math.trunc(100 * edge));
    return { x: clip(s.x, x0, x1), y: clip(s.y, y0, y1) };
  },
  move: (s, right, down) => ({ x: s.x + 5 * right, y: s.y - 5 * down }),
  press: s => ({ steps: Math.min(s.steps + 10, s.data.most) }),
  play: s => (s.steps < s.data.most ? { steps: Math.min(s.steps + 5, s.data.most) } : null),
  pick(s, px, py, width) {
    const box = layout(width).plane;
    if (px > box.x + box.width + 8 || py > box.y + box.height + 8) return null;
    const [x, y] = scales(s, width).from(px, py);
    return { x: 5 * Math.round(20 * x), y: 5 * Math.round(20 * y) };
  },

  draw(pen, s) {
    const { at } = scales(s, pen.width), { plane: box, list, curve } = layout(pen.width), c = pen.context;
    c.save();
    c.beginPath();
    c.rect(box.x, box.y, box.width, box.height);
    c.clip();
    pen.lines(contours(s).flat().map(piece => piece.map(at)), { thick: 1, alpha: 0.5 });
    s.data.surfaces[s.surface][4].map(at).forEach(([x, y]) => {
      for (const side of [5, -5]) pen.line([[x - 5, y - side], [x + 5, y + side]], { thick: 2 });
    });
    const paths = s.data.rules.map(rule => follow(rule, s));
    const inside = points => points.map(([x, y]) => [clip(x, -5000, 5000), clip(y, -5000, 5000)]);
    paths.forEach((path, k) => pen.line(inside(path.map(at)), { ...LOOKS[k], thick: 2.5 }));
    const [x, y] = at(paths[0][0]), right = x + 60 > box.x + box.width ? -1 : 1, top = clip(y - 2, box.y + 8, box.y + box.height - 8);
    const placed = [16, 24, 32, 42].map(far => [x + far * right, top]); // the word start, then the numbers: each at its own side of its dot, or at a free one
    paths.forEach((path, k) => {
      const [x, y] = at(path[path.length - 1]);
      if (x < box.x || y < box.y || x > box.x + box.width || y > box.y + box.height) return;
      pen.dot(x, y, 5, { fill: LOOKS[k].colour });
      const spots = [ASIDE[k], ...ASIDE, ...FURTHER].map(([right, down]) => [clip(x + right, box.x + 6, box.x + box.width - 6), clip(y + down, box.y + 8, box.y + box.height - 8)]);
      const spot = spots.find(([a, b]) => placed.every(([c, d]) => Math.abs(a - c) > 9 || Math.abs(b - d) > 11)) ?? spots[0];
      placed.push(spot);
      pen.text(k + 1, ...spot, { bold: true, align: "center", halo: true });
    });
    pen.box(x - 7, y - 7, 14, 14, { fill: pen.ink, alpha: 0.25, thick: 2 });
    pen.text("start", x + 12 * right, top, { bold: true, halo: true, align: right < 0 ? "right" : "left" });
    c.restore();
    pen.box(box.x, box.y, box.width, box.height, { faint: 0.5 });

    s.data.rules.forEach((rule, k) => {
      const high = list.y + k * ROW;
      pen.line([[list.x, high], [list.x + 30, high]], { ...LOOKS[k], thick: 2.5 });
      pen.text(`${k + 1} ${rule}`, list.x + 38, high);
      pen.text(said(left(s, paths[k])), list.x + LIST - 8, high, { align: "right", bold: true });
    });

    const across = t => curve.x + (t / Math.max(s.steps, 1)) * curve.width;
    const up = h => curve.y + ((HIGH - clip(Math.log10(Math.max(h, 1e-12)), LOW, HIGH)) / (HIGH - LOW)) * curve.height;
    pen.text("height above the lowest point", curve.x - 36, curve.y - 14);
    for (const power of [3, 0, -3, -6, -9]) {
      const words = power ? `10${power < 0 ? "⁻" : ""}${"⁰¹²³⁴⁵⁶⁷⁸⁹"[Math.abs(power)]}` : "1";
      pen.text(words, curve.x - 6, up(10 ** power), { align: "right" });
      pen.line([[curve.x, up(10 ** power)], [curve.x + curve.width, up(10 ** power)]], { thick: 1, alpha: 0.15 });
    }
    pen.box(curve.x, curve.y, curve.width, curve.height, { faint: 0.5 });
    paths.forEach((path, k) => {
      const ends = path.filter(p => !away(p, s.data.far));
      pen.line(ends.map((p, t) => [across(t), up(height(s.surface, ...p) - lowest(s))]), { ...LOOKS[k], thick: 2 });
    });
    pen.text(`steps, 0 to ${s.steps}`, curve.x + curve.width / 2, curve.y + curve.height + 16, { align: "center" });
  },

  caption(s) {
    const heights = s.data.rules.map(rule => left(s, follow(rule, s))), rate = s.data.rates[s.rate];
    const list = s.data.rules.map((rule, k) => `${rule} ${said(heights[k])}`).join(", ");
    const first = s.data.rules[heights.indexOf(Math.min(...heights))];
    const text = `${s.data.surfaces[s.surface][0]}, from (${number(s.x / 100)}, ${number(s.y / 100)}), learning rate ` +
      `${number(rate)}, momentum ${number(s.momentum / 100)}. Height above the lowest point after ` +
      `${s.steps} steps: ${list}. Lowest: ${first}.`;
    if (s.surface === "valley" && rate > 0.08) return `${text} The rate is above 2/25 = 0.08, so plain gradient descent climbs out of the valley.`;
    if (s.surface === "saddle" && s.y === 0) return `${text} With y = 0 exactly the gradient has no part along y, and no rule ever leaves the saddle.`;
    return text;
  },
};

export { follow, scene };
export default mount(scene);
