// Chapter 7: one window after the other, as a loop takes them, and all of them as the columns of a matrix.
import { GREEN, ORANGE, SKY, clip, mount, range, whole } from "./canvas.js";

const outputs = s => Math.floor((s.input + 2 * s.padding - s.kernel) / s.stride) + 1;
const cellOf = (s, step, tap) => {
  const n = outputs(s), along = (o, t) => s.stride * o + t - s.padding;
  return [along(Math.floor(step / n), Math.floor(tap / s.kernel)), along(step % n, tap % s.kernel)];
};
const valueAt = (s, a, e) => (a >= 0 && e >= 0 && a < s.input && e < s.input ? s.data.x[a][e] : 0);
const entry = (s, step, tap) => valueAt(s, ...cellOf(s, step, tap));
const weights = s => range(s.kernel ** 2).map(k => s.data.w[Math.floor(k / s.kernel)][k % s.kernel]);
const result = (s, step) => weights(s).reduce((sum, w, k) => sum + w * entry(s, step, k), 0);

// Two lines of grids: x, w and y; and below them the same as matrices.
function layout(s) {
  const n = s.input + 2 * s.padding, out = outputs(s), taps = s.kernel ** 2;
  const small = Math.min(26, Math.floor(700 / (taps + out * out + 3)));
  const top = 26, below = top + 26 * Math.max(n, out, s.kernel) + 40;
  return { n, out, taps, top, below, big: 26, small, w: 26 * (n + 2), y: 26 * (n + s.kernel + 4), columns: small * (taps + 2) };
}

const scene = {
  size: s => [720, layout(s).below + layout(s).small * layout(s).taps + 34],
  settle: s => ({ step: clip(s.step, 0, outputs(s) ** 2 - 1) }),
  move(s, right, down) {
    const n = outputs(s), row = clip(Math.floor(s.step / n) + down, 0, n - 1), column = (s.step % n) + right;
    return { step: down ? row * n + (s.step % n) : clip(s.step - (s.step % n) + column, 0, n * n - 1) };
  },
  press: s => ({ step: (s.step + 1) % outputs(s) ** 2 }),
  play: s => (s.step + 1 < outputs(s) ** 2 ? { step: s.step + 1 } : null),
  pick(s, x, y) {
    const { n, out, taps, top, below, big, small, y: left, columns } = layout(s);
    const row = Math.floor((y - top) / big), column = Math.floor((x - left) / big), step = Math.floor((x - columns) / small);
    if (row >= 0 && row < out && column >= 0 && column < out) return { step: row * out + column };
    if (row >= 0 && row < n && x < n * big) { // a cell of x: the window that begins there, or the nearest
      const [i, j] = [row, Math.floor(x / big)].map(cell => clip(Math.floor(cell / s.stride), 0, out - 1));
      return { step: i * out + j };
    }
    return y > below && y < below + small * taps && step >= 0 && step < out * out ? { step } : null;
  },

  draw(pen, s) {
    const { n, out, taps, top, below, big, small, w, y, columns } = layout(s);
    const now = new Map(range(taps).map(k => [String(cellOf(s, s.step, k)), k]));
    pen.text(s.padding ? "x, padded" : "x", 0, 12);
    for (const r of range(n)) {
      for (const c of range(n)) {
        const a = r - s.padding, e = c - s.padding, inside = a >= 0 && e >= 0 && a < s.input && e < s.input;
        const look = inside ? { fill: SKY, alpha: 0.4 } : { dash: [3, 2], faint: 0.8 };
        pen.cell(c * big, top + r * big, big, { ...look, text: valueAt(s, a, e) });
        if (now.has(`${a},${e}`)) pen.box(c * big, top + r * big, big, big, { edge: ORANGE, thick: 3 });
      }
    }
    pen.text("w", w, 12);
    weights(s).forEach((v, k) => pen.cell(w + (k % s.kernel) * big, top + Math.floor(k / s.kernel) * big, big, { fill: ORANGE, text: whole(v) }));
    pen.text("y", y, 12);
    for (const k of range(out * out)) {
      const [px, py] = [y + (k % out) * big, top + Math.floor(k / out) * big];
      pen.cell(px, py, big, { fill: GREEN, alpha: k <= s.step ? 0.45 : 0.12, text: k <= s.step ? whole(result(s, k)) : "" });
      if (k === s.step) pen.box(px, py, big, big, { edge: pen.ink, thick: 3 });
    }
    const look = { size: Math.max(9, Math.min(12, small * 0.5)) };
    pen.text("w, flat", 0, below - 14);
    pen.text("times", small * (taps + 1) , below + small / 2, { align: "center", size: 10, alpha: small > 20 ? 0.8 : 0 });
    pen.text("windows as columns", columns, below - 14);
    weights(s).forEach((v, k) => {
      pen.cell(k * small, below, small, { fill: ORANGE, text: whole(v), ...look });
      range(out * out).forEach(step => pen.cell(columns + step * small, below + k * small, small,
        { fill: SKY, alpha: step === s.step ? 0.55 : 0.15, text: entry(s, step, k), bold: step === s.step, ...look }));
    });
    pen.box(columns + s.step * small, below, small, small * taps, { edge: ORANGE, thick: 3 });
    pen.text(s.step, columns + (s.step + 0.5) * small, below + small * taps + 12, { align: "center", size: 11 });
  },

  caption(s) {
    const n = outputs(s), k = s.kernel ** 2, [top, left] = cellOf(s, s.step, 0), [bottom, right] = cellOf(s, s.step, k - 1);
    const terms = weights(s).map((w, t) => `${w < 0 ? `(${whole(w)})` : w}·${entry(s, s.step, t)}`).join(" + ");
    return `Output y[${Math.floor(s.step / n)}, ${s.step % n}] looks at rows ${whole(top)} to ${bottom} and columns ${whole(left)} to ${right}. Its window is ` +
      `column ${s.step} of the matrix, and the flat kernel times this column is ${terms} = ${whole(result(s, s.step))}. ` +
      `All ${n * n} outputs are one product, (1×${k}) times (${k}×${n * n}).`;
  },
};

export { scene };
export default mount(scene);
