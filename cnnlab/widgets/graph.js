// Chapter 2: a scalar graph, values forwards one node at a time, then gradients backwards one edge at a time.
import { GREEN, ORANGE, SKY, clip, mount, number, signed } from "./canvas.js";

const HIGH = 66; // of a node: its name, its value and its gradient are inside, where no arrow meets them
const now = s => s.data.steps[s.step];
const last = s => s.data.steps.length - 1;
const kindOf = node => (node.formula ? GREEN : node.name === "x" ? SKY : ORANGE);

// The middle of each node: from left to right, or from top to bottom in a narrow column.
function layout(s, width) {
  const upright = width < 500, across = s.data.places.map(p => p[upright ? 1 : 0]), along = s.data.places.map(p => p[upright ? 0 : 1]);
  const [most, deep] = [Math.max(...across), Math.max(...along)];
  const wide = Math.min(112, upright ? (width - 40) / 2.9 : width / (most + 1) - 22), gap = (width - wide - 8) / most, step = upright ? 104 : 100;
  return { wide, at: across.map((a, i) => [wide / 2 + 4 + a * Math.min(gap, 220), HIGH / 2 + 6 + along[i] * step]), high: HIGH + 12 + deep * step };
}

const scene = {
  room: 130,
  size: (s, width) => [width, layout(s, width).high],
  move: (s, right, down) => ({ step: clip(s.step + right + down, 0, last(s)) }),
  press: s => ({ step: clip(s.step + 1, 0, last(s)) }),
  play: s => (s.step < last(s) ? { step: s.step + 1 } : null),
  pace: 900,
  drag: null,
  pick(s, x, y, width) { // a node: the first step that is about it, after the present one or from the beginning
    const { at, wide } = layout(s, width), node = at.findIndex(([cx, cy]) => Math.abs(x - cx) < wide / 2 && Math.abs(y - cy) < HIGH / 2);
    const about = s.data.steps.map((step, k) => (step.node === node ? k : -1)).filter(k => k >= 0);
    return node < 0 || !about.length ? null : { step: about.find(k => k > s.step) ?? about[0] };
  },

  draw(pen, s) {
    const { values, gradients, node: active, edge } = now(s), { at, wide } = layout(s, pen.width);
    s.data.nodes.forEach((node, i) => node.parents.forEach(p => {
      const back = edge && edge[0] === p && edge[1] === i, from = leave(at[p], at[i], wide), to = leave(at[i], at[p], wide);
      if (back) pen.arrow(...to, ...from, { colour: signed(gradients[p]), thick: 5 });
      else pen.arrow(...from, ...to, { thick: 1.5, alpha: values[i] === null ? 0.5 : 0.9 });
    }));
    s.data.nodes.forEach((node, i) => {
      const [x, y] = at[i], [left, top] = [x - wide / 2, y - HIGH / 2], known = values[i] !== null, gradient = gradients[i];
      pen.box(left, top, wide, HIGH, { fill: kindOf(node), alpha: known ? 0.35 : 0.08, dash: known ? [] : [4, 3] });
      pen.text(node.formula ? `${node.name} = ${node.formula}` : node.name, x, top + 13, { align: "center", size: 13, bold: true });
      if (known) pen.text(number(values[i]), x, top + 31, { align: "center", size: 14 });
      if (gradient !== null) {
        pen.box(left + 3, top + 41, wide - 6, 22, { fill: pen.page, alpha: 1, edge: null });
        pen.box(left + 3, top + 41, wide - 6, 22, { fill: signed(gradient), alpha: 0.4, edge: null });
        pen.text(`d${node.name} = ${number(gradient)}`, x, top + 52, { align: "center", size: 13, bold: active === i });
      }
      if (active === i) pen.box(left - 3, top - 3, wide + 6, HIGH + 6, { thick: 4 });
    });
  },

  caption: s => now(s).caption,
};

// Where the line from one node to another leaves its box.
function leave([x, y], [tx, ty], wide) {
  const dx = tx - x, dy = ty - y, part = Math.min(Math.abs((wide / 2 + 5) / (dx || 1e-9)), Math.abs((HIGH / 2 + 5) / (dy || 1e-9)));
  return [x + dx * part, y + dy * part];
}

export { scene };
export default mount(scene);
