// Chapter 2: a scalar graph, values forwards one node at a time, then gradients backwards one edge at a time.
import { BLUE, ORANGE, RED, SKY, clip, mount, number } from "./canvas.js";

const WIDE = 152, HIGH = 104, NODE = { width: 86, height: 34 };
const now = s => s.data.steps[s.step];
const last = s => s.data.steps.length - 1;
const centre = s => s.data.places.map(([column, row]) => [54 + column * WIDE, 44 + row * HIGH]);

const scene = {
  size: s => [720, 90 + HIGH * Math.max(...s.data.places.map(p => p[1]))],
  move: (s, right, down) => ({ step: clip(s.step + right + down, 0, last(s)) }),
  press: s => ({ step: clip(s.step + 1, 0, last(s)) }),
  play: s => (s.step < last(s) ? { step: s.step + 1 } : null),
  pick(s, x, y) { // a node: the first step that is about it, after the present one or from the beginning
    const node = centre(s).findIndex(([cx, cy]) => Math.abs(x - cx) < NODE.width / 2 && Math.abs(y - cy) < NODE.height);
    const about = s.data.steps.map((step, k) => (step.node === node ? k : -1)).filter(k => k >= 0);
    return node < 0 || !about.length ? null : { step: about.find(k => k > s.step) ?? about[0] };
  },

  draw(pen, s) {
    const { values, gradients, node: active, edge } = now(s), at = centre(s);
    s.data.nodes.forEach((node, i) => node.parents.forEach(p => {
      const back = edge && edge[0] === p && edge[1] === i, done = gradients[p] !== null && gradients[i] !== null;
      const from = edgeOf(at[p], at[i]), to = edgeOf(at[i], at[p]);
      if (back) pen.arrow(...to, ...from, { colour: RED, thick: 4 });
      else pen.arrow(...from, ...to, { thick: 1.5, alpha: values[i] === null ? 0.3 : 0.8, dash: done && !values[i] ? [4, 3] : [] });
    }));
    s.data.nodes.forEach((node, i) => {
      const [x, y] = at[i], known = values[i] !== null;
      const look = { fill: node.operation === "input" ? ORANGE : SKY, alpha: known ? 0.45 : 0.12, faint: 0.8 };
      pen.box(x - NODE.width / 2, y - NODE.height / 2, NODE.width, NODE.height, look);
      if (active === i) pen.box(x - NODE.width / 2 - 2, y - NODE.height / 2 - 2, NODE.width + 4, NODE.height + 4, { edge: edge ? RED : BLUE, thick: 3 });
      pen.text(node.operation === "input" ? node.name : `${node.name}:  ${node.operation}`, x, y + 1, { align: "center", size: 14, bold: true });
      if (known) pen.text(number(values[i]), x, y - NODE.height / 2 - 11, { align: "center", size: 14 });
      if (gradients[i] !== null) pen.text(`d${node.name} = ${number(gradients[i])}`, x, y + NODE.height / 2 + 13, { align: "center", size: 13, colour: pen.ink, bold: active === i });
    });
  },

  caption: s => now(s).caption,
};

// Where the line from one node to another leaves its box.
function edgeOf([x, y], [tx, ty]) {
  const dx = tx - x, dy = ty - y, part = Math.min(Math.abs((NODE.width / 2 + 3) / (dx || 1e-9)), Math.abs((NODE.height / 2 + 3) / (dy || 1e-9)));
  return [x + dx * part, y + dy * part];
}

export { scene };
export default mount(scene);
