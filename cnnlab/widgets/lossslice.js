// Chapter 17: a plane through a trained network, a point under the learner's hand, and steps down the slope.
import { BLUE, ORANGE, clip, decimals, mount, number, range } from "./canvas.js";
import { traceContours } from "./contours.js";
import { readPlane } from "./landscape.js";

const FINE = 64, PARTS = 60, READ = 250; // cells of the contour lines, pieces of the cut, width of the words

const read = (s, x, y) => readPlane(s.data.planes[s.network], s.data.reach, x, y);
const inside = (s, [x, y]) => Math.abs(x) <= s.data.reach && Math.abs(y) <= s.data.reach;
const say = value => number(value * (1 + 1e-9));
const rateOf = s => s.data.rates[s.rate];

// The first step; the operations are those of measure_step in lossslice.py, so that both give the same bits.
function measureStep(s) {
  const x = s.x / 100, y = s.y / 100, here = read(s, x, y), near = s.data.near;
  const slope = Math.sqrt(here.x * here.x + here.y * here.y), unit = [here.x / slope, here.y / slope];
  const up = read(s, x + near * unit[0], y + near * unit[1]), down = read(s, x - near * unit[0], y - near * unit[1]);
  const change = (up.x - down.x) * unit[0] + (up.y - down.y) * unit[1];
  return { here, to: [x - rateOf(s) * here.x, y - rateOf(s) * here.y], slope, bend: change / (2 * near), unit };
}

function followSteps(s) {
  const path = [[s.x / 100, s.y / 100]];
  for (let k = 0; k < s.steps && inside(s, path[k]); k++) {
    const spot = read(s, ...path[k]);
    path.push([path[k][0] - rateOf(s) * spot.x, path[k][1] - rateOf(s) * spot.y]);
  }
  return path;
}

// Distance, loss and straight line along the arrow, as far as the plane goes.
function cutHeights(s, step) {
  const start = [s.x / 100, s.y / 100], reach = s.data.reach;
  let far = s.data.cut * rateOf(s) * step.slope;
  if (step.bend > 0) far = Math.max(far, (2.2 / step.bend) * step.slope);
  far = Math.min(far, ...step.unit.map((u, k) => (start[k] + (u > 0 ? reach : -reach)) / u));
  return range(PARTS + 1).map(k => {
    const length = (far * k) / PARTS;
    return [length, read(s, ...start.map((v, i) => v - length * step.unit[i])).loss, step.here.loss - length * step.slope];
  });
}

// The plane, with words and cut beside it, or below it in a narrow column.
function layout(width) {
  const beside = width >= 600, side = beside ? Math.min(440, width - READ - 60) : Math.min(width - 8, 440);
  const ground = { x: 4, y: 4, side };
  const left = beside ? side + 28 : 4, top = beside ? 8 : side + 20;
  const cut = { x: left + 48, y: top + 138, width: Math.min(360, width - left - 60) };
  cut.height = Math.max(120, beside ? side - cut.y - 24 : 150);
  return { ground, left, top, cut, bottom: Math.max(ground.y + side, cut.y + cut.height + 30) + 6 };
}

function scales(s, width) {
  const { x, y, side } = layout(width).ground, reach = s.data.reach;
  return {
    at: ([a, b]) => [x + ((a + reach) / (2 * reach)) * side, y + ((reach - b) / (2 * reach)) * side],
    from: (px, py) => [((px - x) / side) * 2 * reach - reach, reach - ((py - y) / side) * 2 * reach],
  };
}

const known = new Map();
function contours(s) {
  if (!known.has(s.network)) {
    const place = (i, j) => [((2 * i) / FINE - 1) * s.data.reach, ((2 * j) / FINE - 1) * s.data.reach];
    known.set(s.network, traceContours((x, y) => read(s, x, y).loss, s.data.levels, place, FINE, FINE));
  }
  return known.get(s.network);
}

function drawCut(pen, s, step, box) {
  const found = cutHeights(s, step), far = Math.max(found[found.length - 1][0], 1e-9);
  const top = 1.1 * Math.max(...found.map(f => f[1])), low = -0.12 * top;
  const across = length => box.x + (length / far) * box.width;
  const up = height => box.y + ((top - clip(height, low, top)) / (top - low)) * box.height;
  const name = (word, x, y) => pen.text(word, x + (x < box.x + 60 ? 5 : -5), y, { align: x < box.x + 60 ? "left" : "right", halo: true });
  pen.text("cut along the arrow", box.x - 48, box.y - 14, { bold: true });
  pen.line([[box.x, up(0)], [box.x + box.width, up(0)]], { thick: 1, alpha: 0.35 });
  if (up(0) - up(step.here.loss) > 13) pen.text("0", box.x - 6, up(0), { align: "right" });
  pen.text(say(step.here.loss), box.x - 6, up(step.here.loss), { align: "right" });
  pen.line([[box.x, up(step.here.loss)], [box.x + box.width, up(step.here.loss)]], { thick: 1, alpha: 0.35, dash: [2, 3] });
  const line = found.filter(f => f[2] >= low);
  pen.line(line.map(f => [across(f[0]), up(f[2])]), { colour: ORANGE, dash: [7, 4], thick: 2 });
  pen.line(found.map(f => [across(f[0]), up(f[1])]), { colour: BLUE, thick: 2.5 });
  pen.box(box.x, box.y, box.width, box.height, { faint: 0.5 });
  const length = rateOf(s) * step.slope;
  if (length <= far && inside(s, step.to)) {
    pen.line([[across(length), box.y], [across(length), box.y + box.height]], { thick: 1 });
    name("step", across(length), box.y + 27);
    pen.dot(across(length), up(read(s, ...step.to).loss), 5, { fill: BLUE });
  }
  const border = (2 / step.bend) * step.slope;
  if (step.bend > 0 && border < far) {
    pen.line([[across(border), box.y], [across(border), box.y + box.height]], { thick: 1.5, dash: [2, 4] });
    name("border", across(border), box.y + 11);
  }
  pen.dot(across(0), up(step.here.loss), 4, {});
  const wide = 22, under = box.y + box.height + 16;
  pen.line([[box.x, under], [box.x + wide, under]], { colour: BLUE, thick: 2.5 });
  pen.text("the loss", box.x + wide + 6, under);
  pen.line([[box.x + 90, under], [box.x + 90 + wide, under]], { colour: ORANGE, dash: [7, 4], thick: 2 });
  pen.text("the straight line", box.x + 96 + wide, under);
}

const scene = {
  says: { rate: s => number(rateOf(s)) },
  room: 420,
  size: (s, width) => [width, layout(width).bottom],
  settle(s) {
    const reach = Math.round(100 * s.data.reach);
    return { x: clip(s.x, -reach, reach), y: clip(s.y, -reach, reach) };
  },
  move: (s, right, down) => ({ x: s.x + 2 * right, y: s.y - 2 * down }),
  press: s => ({ steps: s.steps >= s.data.most ? 1 : Math.min(2 * s.steps, s.data.most) }),
  play: s => (s.steps < s.data.most ? { steps: s.steps + 1 } : null),
  pick(s, px, py, width) {
    const { x, y, side } = layout(width).ground;
    if (px > x + side + 8 || py > y + side + 8) return null;
    return Object.fromEntries(scales(s, width).from(px, py).map((v, k) => ["xy"[k], 2 * Math.round(50 * v)]));
  },

  draw(pen, s) {
    const { at } = scales(s, pen.width), { ground, left, top, cut } = layout(pen.width), step = measureStep(s), c = pen.context;
    c.save();
    c.beginPath();
    c.rect(ground.x, ground.y, ground.side, ground.side);
    c.clip();
    pen.lines(contours(s).flat().map(piece => piece.map(at)), { thick: 1, alpha: 0.5 });
    contours(s).forEach((pieces, k) => {
      if (!pieces.length) return;
      const [a, b] = at(pieces[Math.floor(pieces.length * 0.62)][0]);
      if (a > ground.x + 12 && a < ground.x + ground.side - 12 && b > ground.y + 10 && b < ground.y + ground.side - 10) pen.text(s.data.levels[k], a, b, { size: 11, align: "center", halo: true });
    });
    const [mx, my] = at([0, 0]);
    for (const side of [5, -5]) pen.line([[mx - 5, my - side], [mx + 5, my + side]], { thick: 2 });
    const path = followSteps(s), places = path.map(at).map(([x, y]) => [clip(x, -4000, 5000), clip(y, -4000, 5000)]);
    pen.line(places, { colour: BLUE, thick: 2 });
    places.slice(2).forEach(([x, y]) => pen.dot(x, y, 2.5, { fill: BLUE, edge: BLUE }));
    if (Math.hypot(places[1][0] - places[0][0], places[1][1] - places[0][1]) > 12) pen.arrow(...places[0], ...places[1], { colour: BLUE, thick: 3 });
    const [x, y] = places[0];
    pen.box(x - 7, y - 7, 14, 14, { fill: pen.ink, alpha: 0.25, thick: 2 });
    c.restore();
    pen.box(ground.x, ground.y, ground.side, ground.side, { faint: 0.5 });

    const leads = inside(s, step.to), after = leads ? read(s, ...step.to).loss : NaN;
    const rows = [
      ["loss here", say(step.here.loss)],
      ["slope", say(step.slope)],
      ["learning rate", number(rateOf(s))],
      ["border, if it were a parabola", step.bend > 0 ? say(2 / step.bend) : "none"],
      ["loss after one step", leads ? say(after) : "out of the picture"],
    ];
    rows.forEach(([words, value], k) => {
      pen.text(words, left, top + 8 + 22 * k);
      pen.text(value, left + READ + 20, top + 8 + 22 * k, { bold: true, align: "right" });
    });
    if (leads && after < step.here.loss) pen.right(left + READ + 36, top + 8 + 88, 7);
    if (leads && !(after < step.here.loss)) pen.wrong(left + READ + 36, top + 8 + 88, 7);
    drawCut(pen, s, step, cut);
  },

  caption(s) {
    const step = measureStep(s), rate = rateOf(s);
    let text = `${s.network[0].toUpperCase()}${s.network.slice(1)}, at (${decimals(s.x / 100)}, ${decimals(s.y / 100)}): loss ` +
      `${say(step.here.loss)}, slope ${say(step.slope)}. Along the arrow the slope changes by ${say(step.bend)} for each unit of length`;
    if (step.bend > 0) text += `; if the cut were a parabola, a step would end higher at every rate above ${say(2 / step.bend)}`;
    text += ". ";
    const promised = step.here.loss - rate * step.slope * step.slope;
    text += `With the rate ${number(rate)} the straight line promises ${say(promised)}; `;
    if (!inside(s, step.to)) return `${text}the step leads out of the picture.`;
    const after = read(s, ...step.to).loss;
    text += `the step ends at ${say(after)}, which is ${after < step.here.loss ? "lower" : "higher"}.`;
    const path = followSteps(s);
    if (path.length <= 2) return text;
    if (!inside(s, path[path.length - 1])) return `${text} Step ${path.length - 1} leads out of the picture.`;
    return `${text} After ${s.steps} steps: ${say(read(s, ...path[path.length - 1]).loss)}.`;
  },
};

export { measureStep, followSteps, scene };
export default mount(scene);
