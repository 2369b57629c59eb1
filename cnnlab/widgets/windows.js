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

const TOP = 26, GAP = 30, LARGEST = 44, SMALLEST_CELL = 14;

// x, w and y; and below them the same as matrices, where the window is a column.
function layout(s, width) {
  const n = s.input + 2 * s.padding, out = outputs(s), taps = s.kernel ** 2;
  const big = Math.min(LARGEST, Math.floor((width - 2 * GAP) / (n + s.kernel + out)));
  const small = Math.max(SMALLEST_CELL, Math.min(LARGEST, Math.floor((width - GAP) / (taps + out * out))));
  const below = TOP + big * Math.max(n, out, s.kernel) + 44, columns = small * taps + GAP;
  return { n, out, taps, below, big, small, w: big * n + GAP, y: big * (n + s.kernel) + 2 * GAP, columns, wide: Math.max(width, columns + small * out * out) };
}

const scene = {
  room: 270,
  size: (s, width) => [layout(s, width).wide, layout(s, width).below + layout(s, width).small * layout(s, width).taps + 28],
  settle: s => ({ step: clip(s.step, 0, outputs(s) ** 2 - 1) }),
  move(s, right, down) {
    const n = outputs(s), row = clip(Math.floor(s.step / n) + down, 0, n - 1), column = (s.step % n) + right;
    return { step: down ? row * n + (s.step % n) : clip(s.step - (s.step % n) + column, 0, n * n - 1) };
  },
  press: s => ({ step: (s.step + 1) % outputs(s) ** 2 }),
  play: s => (s.step + 1 < outputs(s) ** 2 ? { step: s.step + 1 } : null),
  pick(s, x, y, width) {
    const { n, out, taps, below, big, small, y: left, columns } = layout(s, width);
    const row = Math.floor((y - TOP) / big), column = Math.floor((x - left) / big), step = Math.floor((x - columns) / small);
    if (row >= 0 && row < out && column >= 0 && column < out) return { step: row * out + column };
    if (row >= 0 && row < n && x < n * big) { // a cell of x: the window that begins there, or the nearest
      const [i, j] = [row, Math.floor(x / big)].map(cell => clip(Math.floor(cell / s.stride), 0, out - 1));
      return { step: i * out + j };
    }
    return y > below && y < below + small * taps && step >= 0 && step < out * out ? { step } : null;
  },

  draw(pen, s) {
    const { n, out, taps, below, big, small, w, y, columns, wide } = layout(s, pen.width);
    const now = new Map(range(taps).map(k => [String(cellOf(s, s.step, k)), k]));
    pen.text(s.padding ? "x, padded" : "x", 0, 12, { bold: true });
    for (const r of range(n)) {
      for (const c of range(n)) {
        const a = r - s.padding, e = c - s.padding, inside = a >= 0 && e >= 0 && a < s.input && e < s.input;
        const look = inside ? { fill: SKY, alpha: 0.4 } : { dash: [3, 2], faint: 0.8 };
        pen.cell(c * big, TOP + r * big, big, { ...look, text: valueAt(s, a, e) });
        if (now.has(`${a},${e}`)) pen.box(c * big, TOP + r * big, big, big, { edge: SKY, thick: 4 });
      }
    }
    pen.text("w", w, 12, { bold: true });
    weights(s).forEach((v, k) => pen.cell(w + (k % s.kernel) * big, TOP + Math.floor(k / s.kernel) * big, big, { fill: ORANGE, text: whole(v) }));
    pen.text("y", y, 12, { bold: true });
    for (const k of range(out * out)) {
      const [px, py] = [y + (k % out) * big, TOP + Math.floor(k / out) * big];
      pen.cell(px, py, big, { fill: GREEN, alpha: k <= s.step ? 0.45 : 0.12, text: k <= s.step ? whole(result(s, k)) : "" });
      if (k === s.step) pen.box(px, py, big, big, { edge: pen.ink, thick: 4 });
    }
    const look = { size: Math.min(14, small * 0.5) };
    pen.text("w, flat", 0, below - 14, { bold: true });
    pen.text("·", small * taps + GAP / 2, below + small / 2, { align: "center", size: 18, bold: true });
    const title = columns > 90 ? "windows as columns" : "windows";
    pen.text(title, Math.min(columns, wide - pen.measure(title, { bold: true })), below - 14, { bold: true });
    weights(s).forEach((v, k) => {
      pen.cell(k * small, below, small, { fill: ORANGE, text: whole(v), ...look });
      range(out * out).forEach(step => pen.cell(columns + step * small, below + k * small, small,
        { fill: SKY, alpha: step === s.step ? 0.55 : 0.15, text: entry(s, step, k), bold: step === s.step, ...look }));
    });
    pen.box(columns + s.step * small - 1, below - 1, small + 2, small * taps + 2, { thick: 4 });
    pen.text(s.step, Math.min(columns + (s.step + 0.5) * small, wide - 8), below + small * taps + 14, { align: "center", size: 12, bold: true });
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
