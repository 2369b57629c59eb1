// Chapter 16: three trainings of a GAN on a ring of eight heaps, and the field of arrows that its fakes follow.
import { GREEN, PINK, SKY, clip, mount, number, range } from "./canvas.js";

const LAST = 12, EDGE = 3, UNITS = 64, APART = 0.4, SIDE = 15, LIST = 250, ROW = 22;

const now = s => Object.fromEntries(Object.entries(s.data[s.training]).map(([part, values]) => [part, values[s.moment]]));

// What a function makes of D's numbers, once for each D.
function keep(make) {
  const made = new WeakMap();
  return d => {
    if (!made.has(d)) made.set(d, make(d));
    return made.get(d);
  };
}
const decode = keep(d => Float64Array.from(d, n => n / 1000));

// What D says of a place: its score, the probability of real, and the gradient of the score.
function measure(d, x, y) {
  const w = decode(d);
  let score = w[4 * UNITS], right = 0, up = 0;
  for (let k = 0; k < UNITS; k++) {
    const out = w[3 * UNITS + k], h = Math.tanh(w[2 * k] * x + w[2 * k + 1] * y + w[2 * UNITS + k]), way = out * (1 - h * h);
    score += out * h;
    right += way * w[2 * k];
    up += way * w[2 * k + 1];
  }
  return { score, probability: 1 / (1 + Math.exp(-score)), slope: [right, up], length: Math.hypot(right, up) };
}

const factor = (place, kind) => ({ "gradient of D": 1, "push of G's loss": 1 - place.probability, "push, saturating": place.probability })[kind];

// The arrow at a place, in the plane's units: longer for what is steeper, half of APART for a gradient of the usual length.
function arrow(place, kind, usual) {
  const share = (APART * factor(place, kind)) / (factor(place, kind) * place.length + usual);
  return place.slope.map(part => share * part);
}

// The places of the field's arrows with what D says of them, and the median length of their gradients.
const field = keep(d => {
  const points = range(SIDE * SIDE).map(k => [(k % SIDE) * APART - 2.8, Math.floor(k / SIDE) * APART - 2.8]);
  const places = points.map(point => ({ point, ...measure(d, ...point) }));
  return { places, usual: places.map(place => place.length).sort((a, b) => a - b)[Math.floor(places.length / 2)] };
});

// Where D's score is 0, as pieces of line, cell by cell of a grid.
const border = keep(d => {
  const n = 60, found = [], point = i => -EDGE + (2 * EDGE * i) / n;
  const scores = range(n + 1).map(i => range(n + 1).map(j => measure(d, point(i), point(j)).score));
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) {
    const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]], crossed = [];
    corners.forEach(([a, b], k) => {
      const [c, e] = corners[(k + 1) % 4], from = scores[a][b], to = scores[c][e];
      if (from < 0 === to < 0) return;
      const share = from / (from - to);
      crossed.push([point(a) + share * (point(c) - point(a)), point(b) + share * (point(e) - point(b))]);
    });
    if (crossed.length === 2) found.push(crossed);
  }
  return found;
});

// The plane, with the list beside it, or below it in a narrow column.
function layout(width) {
  const beside = width >= 600, side = beside ? Math.min(520, width - LIST - 24) : Math.min(520, width - 8);
  const list = beside ? { x: side + 28, y: 16 } : { x: 6, y: side + 24 };
  return { side, list, bottom: Math.max(side + 10, list.y + 13 * ROW) };
}

const scales = width => {
  const { side } = layout(width), scale = side / (2 * EDGE);
  return {
    scale,
    at: ([x, y]) => [4 + (x + EDGE) * scale, 4 + (EDGE - y) * scale],
    from: (px, py) => [(px - 4) / scale - EDGE, EDGE - (py - 4) / scale],
  };
};

const scene = {
  says: { moment: s => `${s.data[s.training].rounds[s.moment]} rounds` },
  room: 400,
  size: (s, width) => [width, layout(width).bottom],
  settle: s => ({ x: clip(s.x, -100 * EDGE, 100 * EDGE), y: clip(s.y, -100 * EDGE, 100 * EDGE) }),
  move: (s, right, down) => ({ x: s.x + 10 * right, y: s.y - 10 * down }),
  press: s => ({ moment: (s.moment + 1) % (LAST + 1) }),
  play: s => (s.moment < LAST ? { moment: s.moment + 1 } : null),
  pace: 900,
  pick(s, px, py, width) {
    const { side } = layout(width);
    if (px > side + 8 || py > side + 8) return null;
    const [x, y] = scales(width).from(px, py);
    return { x: 5 * Math.round(20 * x), y: 5 * Math.round(20 * y) };
  },

  draw(pen, s) {
    const { side, list } = layout(pen.width), { at, scale } = scales(pen.width), c = pen.context, moment = now(s);
    const inside = samples => samples.map(([x, y]) => at([x / 100, y / 100]));
    c.save();
    c.beginPath();
    c.rect(4, 4, side, side);
    c.clip();
    pen.dots(inside(s.data.real), 2.5, { fill: SKY, edge: SKY });
    pen.lines(border(moment.d).map(piece => piece.map(at)), { thick: 2, dash: [5, 4] });
    const { places, usual } = field(moment.d), arrows = [], short = [];
    for (const one of places) {
      const [right, up] = arrow(one, s.arrows, usual), [x, y] = at(one.point);
      if (Math.hypot(right, up) * scale > 3) arrows.push([x, y, x + right * scale, y - up * scale]);
      else short.push([[x - 1, y], [x + 1, y]]);
    }
    pen.arrows(arrows, { colour: PINK, thick: 1 });
    pen.lines(short, { colour: PINK, thick: 2 });
    inside(moment.fakes).forEach(([x, y]) => pen.box(x - 3, y - 3, 6, 6, { fill: pen.shade(GREEN), alpha: 1, edge: pen.page, thick: 0.5 }));
    const place = measure(moment.d, s.x / 100, s.y / 100), [right, up] = arrow(place, s.arrows, usual);
    const [x, y] = at([s.x / 100, s.y / 100]), longer = 2.5 * scale;
    if (Math.hypot(right, up) * longer > 3) pen.arrow(x, y, x + right * longer, y - up * longer, { thick: 3 });
    pen.box(x - 7, y - 7, 14, 14, { thick: 2.5 });
    c.restore();
    pen.box(4, 4, side, side, { faint: 0.5 });

    const row = k => list.y + k * ROW, value = k => list.x + LIST - 12;
    pen.dot(list.x + 8, row(0), 3.5, { fill: SKY, edge: SKY });
    pen.text("real samples", list.x + 24, row(0));
    pen.box(list.x + 4, row(1) - 4, 8, 8, { fill: pen.shade(GREEN), alpha: 1, edge: pen.page, thick: 0.5 });
    pen.text("fakes", list.x + 24, row(1));
    pen.line([[list.x, row(2)], [list.x + 16, row(2)]], { thick: 2, dash: [5, 4] });
    pen.text("score 0: D cannot tell", list.x + 24, row(2));
    pen.arrow(list.x, row(3), list.x + 18, row(3), { colour: PINK, thick: 1.2 });
    pen.text("longer is steeper", list.x + 24, row(3));
    const length = share => number(share * place.length);
    [
      ["heaps covered", `${moment.heaps} of 8`], ["fakes near one", `${moment.near} %`], null,
      ["score here", number(place.score)], ["real, with probability", number(place.probability)],
      ["length of its gradient", length(1)], ["push of G's loss", length(1 - place.probability)],
      ["push, saturating", length(place.probability)],
    ].forEach((line, k) => {
      if (!line) return;
      pen.text(line[0], list.x, row(4.6 + k));
      pen.text(line[1], value(k), row(4.6 + k), { align: "right", bold: true });
    });
  },

  caption(s) {
    const moment = now(s), place = measure(moment.d, s.x / 100, s.y / 100), length = share => number(share * place.length);
    const name = s.training[0].toUpperCase() + s.training.slice(1);
    return `${name}, after ${moment.rounds} rounds: ${moment.heaps} of 8 heaps covered, ${moment.near} ` +
      `% of the fakes near one. At (${number(s.x / 100)}, ${number(s.y / 100)}) the score is ` +
      `${number(place.score)}: real with probability ${number(place.probability)}. Its gradient is ` +
      `(${number(place.slope[0])}, ${number(place.slope[1])}), of length ${number(place.length)}. A fake here is ` +
      `pushed along it, with the length ${length(1 - place.probability)} by G's loss and ` +
      `${length(place.probability)} by the saturating one.`;
  },
};

export { measure, scene };
export default mount(scene);
