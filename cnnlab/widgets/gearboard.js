// The gear board: each gear turns from PyTorch's to the learner's.
import { BLUE, ORANGE, clip, mount, range } from "./canvas.js";

const TOP = 26, HIGH = 30;

// A cog of eight teeth around (x, y), turned by so much.
function cog(pen, x, y, radius, turn, { fill, edge, dash = [] }) {
  const { context } = pen;
  context.beginPath();
  for (const k of range(32)) {
    const angle = turn + (k / 32) * 2 * Math.PI, r = k % 4 < 2 ? radius : radius * 0.74;
    context.lineTo(x + r * Math.cos(angle), y + r * Math.sin(angle));
  }
  context.closePath();
  Object.assign(context, { strokeStyle: edge, lineWidth: 2 });
  if (fill) { context.fillStyle = fill; context.fill(); }
  context.setLineDash(dash);
  context.stroke();
  context.setLineDash([]);
}

const scene = {
  size: s => [720, TOP + HIGH * Math.max(1, s.rows.length) + 4],
  settle: s => ({ gear: clip(s.gear, 0, Math.max(0, s.rows.length - 1)) }),
  move: (s, right, down) => ({ gear: s.gear + down + right }),
  press: s => ({ gear: (s.gear + 1) % Math.max(1, s.rows.length) }),
  pick(s, x, y) {
    const gear = Math.floor((y - TOP) / HIGH);
    return gear >= 0 && gear < s.rows.length ? { gear } : null;
  },

  draw(pen, s) {
    const [checked, unchecked] = s.data.states;
    for (const [words, x] of [["whose", 44], ["gear", 184], ["layers", 376], ["where", 498]]) pen.text(words, x, 10, { size: 11, alpha: 0.75 });
    s.rows.forEach(([exercise, state, layers, place], k) => {
      const y = TOP + k * HIGH + HIGH / 2, yours = state === checked || state === unchecked;
      if (k === s.gear) pen.box(0, y - HIGH / 2, 720, HIGH, { fill: BLUE, alpha: 0.12, thick: 2 });
      cog(pen, 20, y, 13, (k % 2) * 0.39, { fill: state === checked ? BLUE : null, edge: yours ? BLUE : ORANGE, dash: yours ? [] : [4, 3] });
      pen.text(state === checked ? "✓" : state === unchecked ? "?" : "", 20, y + 1, { align: "center", bold: true, size: 11, colour: state === checked ? "#fff" : pen.ink });
      pen.text(state, 44, y, { bold: yours });
      pen.text(fit(exercise, 26), 184, y);
      pen.text(fit(layers, 19), 376, y, { size: 11 });
      pen.text(fit(place, 37), 498, y, { size: 11 });
    });
  },

  caption(s) {
    if (!s.rows.length) return "This network has no gears.";
    const counts = s.data.states.map(state => [s.rows.filter(row => row[1] === state).length, state]).filter(([n]) => n);
    const [exercise, state, layers, place] = s.rows[s.gear];
    const said = `Gears: ${counts.map(pair => pair.join(" ")).join(", ")}. ${exercise} turns ${layers}; it is ${state}`;
    return said + (state === s.data.states[2] ? ` until you write it: ${place}.` : `, in ${place}.`);
  },
};

const fit = (words, most) => (words.length > most ? `…${words.slice(1 - most)}` : words);

export { scene };
export default mount(scene);
