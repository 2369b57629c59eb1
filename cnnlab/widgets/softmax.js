// Chapter 5: softmax's full Jacobian, and how it collapses with the cross-entropy to (p − t)/N.
import { GREEN, ORANGE, PINK, RED, SKY, clip, mount, number, range } from "./canvas.js";

const CLASSES = 4, TOP = 34, HIGH = 34, WIDE = 64;
const AT = { z: 24, p: 104, jacobian: 196, dp: 476, dz: 610 };
const fixed = x => x.toFixed(3).replace("-0.000", "0.000").replace("-", "−");

function work(s) {
  const z = range(CLASSES).map(k => s[`z${k}`] / 10), raised = z.map(v => Math.exp(v - Math.max(...z)));
  const sum = raised.reduce((a, b) => a + b), p = raised.map(r => r / sum);
  const jacobian = p.map((pj, j) => p.map((pk, k) => pj * ((j === k ? 1 : 0) - pk)));
  const dp = p.map((pk, k) => (k === s.target ? -1 / pk : 0));
  return { z, p, jacobian, dp, dz: p.map((pk, k) => pk - (k === s.target ? 1 : 0)) };
}

const scene = {
  says: Object.fromEntries(range(CLASSES).map(k => [`z${k}`, s => number(s[`z${k}`] / 10)])),
  size: () => [720, TOP + CLASSES * HIGH + 62],
  settle: s => ({ row: clip(s.row, 0, CLASSES - 1), ...Object.fromEntries(range(CLASSES).map(k => [`z${k}`, clip(s[`z${k}`], -60, 60)])) }),
  move: (s, right, down) => (right ? { [`z${s.row}`]: s[`z${s.row}`] + right } : { row: s.row + down }),
  press: s => ({ target: s.row }),
  pick(s, x, y) {
    const row = Math.floor((y - TOP) / HIGH);
    return row >= 0 && row < CLASSES ? { row } : null;
  },

  draw(pen, s) {
    const { z, p, jacobian, dp, dz } = work(s), y = k => TOP + k * HIGH;
    const cell = (x, k, value, look) => {
      pen.box(x + 1, y(k) + 1, WIDE - 2, HIGH - 2, { faint: 0.35, ...look });
      pen.text(fixed(value), x + WIDE / 2, y(k) + HIGH / 2, { align: "center", size: 13, bold: look.bold });
    };
    const column = (x, name, values, fill) => {
      pen.text(name, x + WIDE / 2, 16, { align: "center" });
      values.forEach((value, k) => cell(x, k, value, { fill, alpha: 0.15 + 0.5 * Math.min(1, Math.abs(value)) }));
    };
    range(CLASSES).forEach(k => pen.text(k, 10, y(k) + HIGH / 2, { size: 11, align: "center", alpha: 0.75 }));
    column(AT.z, "z", z, SKY);
    column(AT.p, "p = softmax(z)", p, SKY);
    pen.text("Jacobian: row j, column k is ∂pj/∂zk", AT.jacobian + 2 * WIDE, 16, { align: "center" });
    jacobian.forEach((row, j) => row.forEach((value, k) => {
      const used = j === s.row && k === s.target;
      cell(AT.jacobian + k * WIDE, j, value, { fill: value < 0 ? ORANGE : GREEN, alpha: 0.1 + 2 * Math.abs(value), bold: used });
      if (k === s.target) pen.box(AT.jacobian + k * WIDE, y(j), WIDE, HIGH, { edge: ORANGE, thick: used ? 4 : 1.5 });
    }));
    pen.text("·", AT.dp - 12, y(2), { size: 20, align: "center" });
    column(AT.dp, "dp", dp, ORANGE);
    pen.box(AT.dp, y(s.target), WIDE, HIGH, { edge: ORANGE, thick: 4 });
    pen.text("=", (AT.dp + WIDE + AT.dz) / 2, y(2), { size: 18, align: "center" });
    column(AT.dz, "dz = p − t", dz, PINK);
    pen.box(AT.dz, y(s.row), WIDE, HIGH, { edge: RED, thick: 4 });
    pen.box(AT.jacobian, y(s.row), CLASSES * WIDE, HIGH, { edge: pen.ink, thick: 2, dash: [5, 3] });
    pen.text(`right class: ${s.target}`, AT.z, y(CLASSES) + 16, { size: 12 });
    const rest = `p = (${p.map(fixed).join(", ")})   minus   t = (${range(CLASSES).map(k => (k === s.target ? 1 : 0)).join(", ")})`;
    pen.text(rest, AT.jacobian, y(CLASSES) + 16, { size: 12 });
    pen.text(`the sum of dz is ${fixed(dz.reduce((a, b) => a + b))}: what one logit gains, the others lose`, AT.jacobian, y(CLASSES) + 38, { size: 12 });
  },

  caption(s) {
    const { p, jacobian, dp, dz } = work(s), j = s.row, t = s.target;
    const written = j === t ? `p${j}(1 − p${j})·(−1/p${j}) = p${j} − 1` : `−p${j}·p${t}·(−1/p${t}) = p${j}`;
    return `L = −ln p${t} = ${number(-Math.log(p[t]))}. Row ${j} of the Jacobian times dp: only dp${t} is not 0, so it is ` +
      `${number(jacobian[j][t])}·(${number(dp[t])}) = ${number(dz[j])}. In letters ${written}: p${t} has cancelled, ` +
      "and what remains is p − t. The mean over N samples divides it by N.";
  },
};

export { scene };
export default mount(scene);
