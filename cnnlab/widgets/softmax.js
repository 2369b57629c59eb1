// Chapter 5: softmax's full Jacobian, and how it collapses with the cross-entropy to (p − t)/N.
import { GREEN, SKY, clip, decimals, flow, measure, mount, number, range, signed } from "./canvas.js";

const CLASSES = 4, TOP = 28, HIGH = 36, LEFT = 18, GAP = 24;
const fixed = x => decimals(x, 3);
// A product in words, with as many digits as it takes for the shown factors to give the shown result.
const read = words => Number(words.replaceAll("−", "-"));
function product(a, b, result) {
  const digits = [3, 4, 5, 6, 7].find(d => number(read(number(a, d)) * read(number(b, d))) === number(result)) ?? 8;
  return `${number(a, digits)}·(${number(b, digits)}) = ${number(result)}`;
}

function work(s) {
  const z = range(CLASSES).map(k => s[`z${k}`] / 10), raised = z.map(v => Math.exp(v - Math.max(...z)));
  const sum = raised.reduce((a, b) => a + b), p = raised.map(r => r / sum);
  const jacobian = p.map((pj, j) => p.map((pk, k) => pj * ((j === k ? 1 : 0) - pk)));
  const dp = p.map((pk, k) => (k === s.target ? -1 / pk : 0));
  return { z, p, jacobian, dp, dz: p.map((pk, k) => pk - (k === s.target ? 1 : 0)) };
}

// Values, Jacobian and gradients beside each other; in a narrow column below each other.
function layout(width) {
  const wide = width >= 480 ? Math.min(84, (width - 3 * LEFT - 2 * GAP) / 8) : (width - LEFT - 4) / 4;
  const tall = TOP + CLASSES * HIGH, blocks = { values: [LEFT + 2 * wide, tall], jacobian: [LEFT + 4 * wide, tall], gradients: [LEFT + 2 * wide, tall] };
  const { size, ...places } = flow(blocks, width + 1, GAP);
  return { wide, blocks, places, bottom: size[1] };
}

const scene = {
  says: Object.fromEntries(range(CLASSES).map(k => [`z${k}`, s => number(s[`z${k}`] / 10)])),
  room: 260,
  size: (s, width) => [width, layout(width).bottom + (width < 480 ? 110 : 62)],
  settle: s => ({ row: clip(s.row, 0, CLASSES - 1), ...Object.fromEntries(range(CLASSES).map(k => [`z${k}`, clip(s[`z${k}`], -60, 60)])) }),
  move: (s, right, down) => (right ? { [`z${s.row}`]: s[`z${s.row}`] + right } : { row: s.row + down }),
  press: s => ({ target: s.row }),
  pick(s, x, y, width) {
    const { places, blocks } = layout(width);
    for (const [name, [left, top]] of Object.entries(places)) {
      const row = Math.floor((y - top - TOP) / HIGH);
      if (row >= 0 && row < CLASSES && x >= left && x < left + blocks[name][0]) return { row };
    }
    return null;
  },

  draw(pen, s) {
    const { z, p, jacobian, dp, dz } = work(s), { wide, places, bottom } = layout(pen.width), r = s.target;
    const cell = ([left, top], column, k, value, { used = false, own = false, fill, dim = false } = {}) => {
      const x = left + LEFT + column * wide, y = top + TOP + k * HIGH, part = Math.min(1, Math.abs(value));
      pen.box(x + 1, y + 1, wide - 2, HIGH - 2, { fill, alpha: dim ? 0.08 : 0.15 + 0.4 * part, faint: 0.35 });
      if (used || own) pen.box(x, y, wide, HIGH, { edge: own ? pen.ink : fill, thick: own ? 4 : 3 });
      const whole = Math.abs(value) < 1000 ? fixed(value) : number(value, 4);
      const look = measure(whole, { size: 13, bold: used || own }) < wide - 6 ? { size: 13, bold: used || own } : { size: 11 };
      pen.text(whole, x + wide / 2, y + HIGH / 2, { ...look, align: "center", alpha: dim ? 0.75 : 1 });
    };
    const title = ([left, top], column, words, columns = 1) => pen.text(words, left + LEFT + (column + columns / 2) * wide, top + 12, { align: "center", bold: true });
    for (const place of Object.values(places)) for (const k of range(CLASSES)) pen.text(k, place[0] + 8, place[1] + TOP + (k + 0.5) * HIGH, { size: 11, align: "center", bold: k === s.row });

    title(places.values, 0, "z");
    title(places.values, 1, "p");
    z.forEach((value, k) => cell(places.values, 0, k, value, { fill: SKY }));
    p.forEach((value, k) => cell(places.values, 1, k, value, { fill: GREEN, used: k === s.row }));
    title(places.jacobian, 0, "Jacobian of p with respect to z", 4);
    jacobian.forEach((row, j) => row.forEach((value, k) => cell(places.jacobian, k, j, value, { fill: signed(value), used: j === s.row && k === r, dim: j !== s.row || k !== r })));
    pen.box(places.jacobian[0] + LEFT, places.jacobian[1] + TOP + s.row * HIGH, CLASSES * wide, HIGH, { thick: 1.5, dash: [5, 3] });
    title(places.gradients, 0, "dp");
    title(places.gradients, 1, "dz");
    dp.forEach((value, k) => cell(places.gradients, 0, k, value, { fill: signed(value), used: k === r, dim: k !== r }));
    dz.forEach((value, k) => cell(places.gradients, 1, k, value, { fill: signed(value), own: k === s.row }));

    const j = s.row, one = j === r ? 1 : 0;
    const written = `dz of class ${j}: ${product(jacobian[j][r], dp[r], dz[j])}`;
    const rest = `p − t: ${number(p[j])} − ${one} = ${number(dz[j])}; the right class is ${r}`;
    const used = pen.words(written, LEFT, bottom + 8, { size: 14, bold: true, high: 24 });
    pen.words(rest, LEFT, bottom + 8 + used, { size: 14, high: 24 });
  },

  caption(s) {
    const { p, jacobian, dp, dz } = work(s), j = s.row, t = s.target;
    const written = j === t ? `p${j}(1 − p${j})·(−1/p${j}) = p${j} − 1` : `−p${j}·p${t}·(−1/p${t}) = p${j}`;
    return `L = −ln p${t} = ${number(-Math.log(p[t]))}. Row ${j} of the Jacobian times dp: only dp${t} is not 0, so it is ` +
      `${product(jacobian[j][t], dp[t], dz[j])}. In letters ${written}: p${t} has cancelled, ` +
      "and what remains is p − t. The mean over N samples divides it by N.";
  },
};

export { scene };
export default mount(scene);
