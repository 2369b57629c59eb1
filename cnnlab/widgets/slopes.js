// Chapter 4: an activation, its slope, and what is left of a gradient after ten layers of it.
import { BLUE, PINK, RED, clip, mount, number, range } from "./canvas.js";

const LAYERS = 10, LEFT = { x: 36, y: 16, width: 300, height: 220 }, RIGHT = { x: 420, y: 16, width: 290, height: 220 };
const LOW = -1.2, HIGH = 2.2, LEAST = -12, MOST = 6; // of the curve; powers of ten of the gradient
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
const at = z => LEFT.x + ((z + 6) / 12) * LEFT.width;
const high = v => LEFT.y + ((HIGH - clip(v, LOW, HIGH)) / (HIGH - LOW)) * LEFT.height;
const power = v => RIGHT.y + ((MOST - clip(v, LEAST, MOST)) / (MOST - LEAST)) * RIGHT.height;

const scene = {
  says: { tenths: s => number(s.tenths / 10), weight: s => number(s.weight / 10) },
  size: () => [720, 276],
  settle: s => ({ tenths: clip(s.tenths, -60, 60), weight: clip(s.weight, -40, 40) }),
  move: (s, right, down) => ({ tenths: s.tenths + right, weight: s.weight - down }),
  press: s => ({ function: Object.keys(FUNCTIONS)[(Object.keys(FUNCTIONS).indexOf(s.function) + 1) % 4] }),
  pick: (s, x) => (x < LEFT.x + LEFT.width + 20 ? { tenths: Math.round((((x - LEFT.x) / LEFT.width) * 12 - 6) * 10) } : null),

  draw(pen, s) {
    const [f, slope] = FUNCTIONS[s.function], z = s.tenths / 10, points = range(241).map(k => k / 20 - 6);
    pen.box(LEFT.x, LEFT.y, LEFT.width, LEFT.height, { faint: 0.4 });
    for (const v of [-1, 0, 1, 2]) {
      pen.line([[LEFT.x, high(v)], [LEFT.x + LEFT.width, high(v)]], { thick: 1, alpha: v ? 0.15 : 0.5 });
      pen.text(String(v).replace("-", "−"), LEFT.x - 6, high(v), { size: 11, align: "right" });
    }
    for (const v of [-6, -3, 0, 3, 6]) pen.text(String(v).replace("-", "−"), at(v), LEFT.y + LEFT.height + 12, { size: 11, align: "center" });
    pen.text("z", at(1.5), LEFT.y + LEFT.height + 12, { align: "center" });
    pen.line(points.map(p => [at(p), high(f(p))]), { colour: BLUE, thick: 3 });
    pen.line(points.map(p => [at(p), high(slope(p))]), { colour: RED, thick: 2.5, dash: [8, 5] });
    pen.line([[at(z), LEFT.y], [at(z), LEFT.y + LEFT.height]], { thick: 1, dash: [3, 3] });
    pen.dot(at(z), high(f(z)), 6, { fill: BLUE });
    pen.dot(at(z), high(slope(z)), 6, { fill: RED });
    pen.line([[LEFT.x + 12, 34], [LEFT.x + 40, 34]], { colour: BLUE, thick: 3 });
    pen.text(s.function, LEFT.x + 46, 34);
    pen.line([[LEFT.x + 12, 54], [LEFT.x + 40, 54]], { colour: RED, thick: 2.5, dash: [8, 5] });
    pen.text("its slope", LEFT.x + 46, 54);

    pen.box(RIGHT.x, RIGHT.y, RIGHT.width, RIGHT.height, { faint: 0.4 });
    for (const v of [-12, -9, -6, -3, 0, 3, 6]) {
      pen.line([[RIGHT.x, power(v)], [RIGHT.x + RIGHT.width, power(v)]], { thick: 1, alpha: v ? 0.15 : 0.7 });
      pen.text(v ? number(10 ** v, 1) : "1", RIGHT.x - 6, power(v), { size: 11, align: "right" });
    }
    const wide = RIGHT.width / (LAYERS + 1), all = gradients(s);
    all.forEach((g, k) => {
      const left = RIGHT.x + k * wide + 3, end = power(g ? Math.log10(Math.abs(g)) : LEAST);
      pen.box(left, Math.min(power(0), end), wide - 6, Math.max(2, Math.abs(end - power(0))), { fill: PINK, alpha: 0.7, faint: 0.8 });
      if (!g) pen.text("0", left + wide / 2 - 3, power(LEAST) - 10, { align: "center", bold: true });
      pen.text(k, left + wide / 2 - 3, RIGHT.y + RIGHT.height + 12, { size: 11, align: "center" });
    });
    pen.text("gradient, after so many layers", RIGHT.x + RIGHT.width / 2, RIGHT.y + RIGHT.height + 30, { size: 11, align: "center" });
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
