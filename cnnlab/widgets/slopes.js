// Chapter 4: an activation, its slope, and what is left of a gradient after ten layers of it.
import { GREEN, PINK, clip, mount, number, range, signed, whole } from "./canvas.js";

const LAYERS = 10, MARGIN = 42, HEIGHT = 220, TOP = 34, LEAST = -12, MOST = 6; // powers of ten of the gradient, at most
const RANGES = { relu: [-0.5, 3], "leaky relu": [-0.5, 3], sigmoid: [-0.1, 1.1], tanh: [-1.1, 1.1] };
const SIDE_BY_SIDE = 520;
const sigmoid = x => 1 / (1 + Math.exp(-x));
const FUNCTIONS = {
  relu: [x => Math.max(x, 0), x => (x > 0 ? 1 : 0)],
  "leaky relu": [x => (x > 0 ? x : 0.01 * x), x => (x > 0 ? 1 : 0.01)],
  sigmoid: [sigmoid, x => sigmoid(x) * (1 - sigmoid(x))],
  tanh: [Math.tanh, x => 1 - Math.tanh(x) ** 2],
};

// z of every layer of a chain z → weight·f(z) → …, and the gradient before each layer, from dy = 1 on top.
function gradients(s) {
  const [f, slope] = FUNCTIONS[s.function], w = s.weight / 10, zs = [s.tenths / 10];
  while (zs.length < LAYERS) zs.push(w * f(zs.at(-1)));
  return zs.reverse().reduce((found, z) => [...found, found.at(-1) * slope(z) * w], [1]);
}

// The two planes, side by side or below each other, and what they show of their axes.
function layout(s, width) {
  const apart = width >= SIDE_BY_SIDE, wide = (apart ? width / 2 : width) - MARGIN - 12;
  const left = { x: MARGIN, y: TOP, wide }, right = apart ? { x: width / 2 + MARGIN, y: TOP, wide } : { x: MARGIN, y: TOP + HEIGHT + 66, wide };
  const [low, high] = RANGES[s.function], powers = gradients(s).filter(Boolean).map(g => Math.log10(Math.abs(g)));
  const least = clip(-3 * Math.ceil(Math.max(1, ...powers.map(p => -p)) / 3), LEAST, -3), most = clip(3 * Math.ceil(Math.max(0, ...powers) / 3), 0, MOST);
  return {
    left, right, low, high, least, most, bottom: right.y + HEIGHT + 40,
    at: z => left.x + ((z + 6) / 12) * wide,
    up: v => left.y + ((high - clip(v, low, high)) / (high - low)) * HEIGHT,
    power: v => right.y + ((most - clip(v, least, most)) / (most - least)) * HEIGHT,
  };
}

const scene = {
  says: { tenths: s => number(s.tenths / 10), weight: s => number(s.weight / 10) },
  room: 240,
  size: (s, width) => [width, layout(s, width).bottom],
  settle: s => ({ tenths: clip(s.tenths, -60, 60), weight: clip(s.weight, -40, 40) }),
  move: (s, right, down) => ({ tenths: s.tenths + right, weight: s.weight - down }),
  press: s => ({ function: Object.keys(FUNCTIONS)[(Object.keys(FUNCTIONS).indexOf(s.function) + 1) % 4] }),
  pick(s, x, y, width) {
    const { left } = layout(s, width);
    if (x > left.x + left.wide + 12 || y > left.y + HEIGHT + 24) return null;
    return { tenths: Math.round((((x - left.x) / left.wide) * 12 - 6) * 10) };
  },

  draw(pen, s) {
    const [f, slope] = FUNCTIONS[s.function], z = s.tenths / 10, points = range(241).map(k => k / 20 - 6);
    const { left, right, low, high, least, most, at, up, power } = layout(s, pen.width);
    pen.line([[left.x, 12], [left.x + 28, 12]], { colour: GREEN, thick: 3 });
    pen.text(s.function, left.x + 34, 12);
    pen.line([[left.x + 130, 12], [left.x + 158, 12]], { colour: PINK, thick: 3, dash: [8, 5] });
    pen.text("its slope", left.x + 164, 12);
    pen.box(left.x, left.y, left.wide, HEIGHT, { faint: 0.4 });
    for (const v of high > 2 ? [0, 1, 2, 3] : low < -1 ? [-1, -0.5, 0, 0.5, 1] : [0, 0.25, 0.5, 0.75, 1]) {
      pen.line([[left.x, up(v)], [left.x + left.wide, up(v)]], { thick: 1, alpha: v ? 0.15 : 0.5 });
      pen.text(whole(v), left.x - 6, up(v), { size: 11, align: "right" });
    }
    for (const v of [-6, -3, 0, 3, 6]) pen.text(whole(v), at(v), left.y + HEIGHT + 13, { size: 11, align: "center" });
    pen.text("z", at(1.5), left.y + HEIGHT + 13, { align: "center", bold: true });
    const inside = g => points.filter(p => g(p) >= low && g(p) <= high).map(p => [at(p), up(g(p))]);
    pen.line(inside(f), { colour: GREEN, thick: 3 });
    pen.line(inside(slope), { colour: PINK, thick: 3, dash: [8, 5] });
    pen.line([[at(z), left.y], [at(z), left.y + HEIGHT]], { thick: 2 });
    pen.dot(at(z), up(f(z)), 7, { fill: GREEN });
    pen.dot(at(z), up(slope(z)), 7, { fill: PINK });

    pen.text("gradient, after so many layers", right.x, right.y - 22, {});
    pen.box(right.x, right.y, right.wide, HEIGHT, { faint: 0.4 });
    for (let v = least; v <= most; v += most - least > 9 ? 3 : 1) {
      pen.line([[right.x, power(v)], [right.x + right.wide, power(v)]], { thick: 1, alpha: v ? 0.15 : 0.7 });
      pen.text(v > 3 ? `1e${v}` : number(10 ** v, 1), right.x - 6, power(v), { size: 11, align: "right" });
    }
    const wide = right.wide / (LAYERS + 1);
    gradients(s).forEach((g, k) => {
      const x = right.x + k * wide + 3, end = power(g ? Math.log10(Math.abs(g)) : least);
      if (g) pen.box(x, Math.min(power(0), end), wide - 6, Math.max(3, Math.abs(end - power(0))), { fill: signed(g), alpha: 0.7, edge: signed(g) });
      else pen.text("0", x + wide / 2 - 3, power(least) - 12, { align: "center", bold: true });
      pen.text(k, x + wide / 2 - 3, right.y + HEIGHT + 13, { size: 11, align: "center" });
    });
  },

  caption(s) {
    const [f, slope] = FUNCTIONS[s.function], z = s.tenths / 10, end = gradients(s).at(-1), last = Math.abs(end);
    const said = `${s.function}: at z = ${number(z)} the value is ${number(f(z))} and the slope ${number(slope(z))}. ` +
      `In a chain of ten such layers with the weight ${number(s.weight / 10)} a gradient of 1 arrives as ${number(end, 2)}. `;
    if (last === 0) return `${said}One slope is 0, and nothing passes.`;
    if (last < 0.01) return `${said}It has all but vanished: ten slopes are multiplied, and each is small.`;
    if (last > 100) return `${said}It has exploded: weight times slope is larger than 1.`;
    return `${said}It passes: weight times slope is near 1.`;
  },
};

export { scene };
export default mount(scene);
