// The gear board: each gear turns from PyTorch's to the learner's.
import { BLUE, GREY, clip, mount, range } from "./canvas.js";

const TOP = 26, HIGH = 30;
// In a wide column a gear is one line, in a narrow one two: what it is above where it is.
const isWide = width => width >= 700;
const high = width => (isWide(width) ? HIGH : 54);

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
  room: 190,
  size: (s, width) => [width, TOP + high(width) * Math.max(1, s.rows.length) + 4],
  settle: s => ({ gear: clip(s.gear, 0, Math.max(0, s.rows.length - 1)) }),
  move: (s, right, down) => ({ gear: s.gear + down + right }),
  press: s => ({ gear: (s.gear + 1) % Math.max(1, s.rows.length) }),
  pick(s, x, y, width) {
    const gear = Math.floor((y - TOP) / high(width));
    return gear >= 0 && gear < s.rows.length ? { gear } : null;
  },

  draw(pen, s) {
    const [checked, unchecked] = s.data.states, wide = isWide(pen.width), tall = high(pen.width), rest = pen.width - 44;
    const columns = wide ? [44, 44 + rest * 0.2, 44 + rest * 0.44, 44 + rest * 0.64, pen.width] : [44, 44 + rest * 0.4, 44, 44 + rest * 0.4, pen.width];
    const titles = wide ? ["whose", "gear", "layers", "where"] : ["whose", "gear"];
    titles.forEach((words, k) => pen.text(words, columns[k], 10, { size: 11, alpha: 0.8 }));
    s.rows.forEach(([exercise, state, layers, place], k) => {
      const top = TOP + k * tall, yours = state === checked || state === unchecked, y = top + (wide ? tall / 2 : 17), second = wide ? y : top + 38;
      if (k === s.gear) pen.box(0, top, pen.width, tall, { thick: 3 });
      cog(pen, 20, top + tall / 2, 13, (k % 2) * 0.39, { fill: state === checked ? pen.shade(BLUE) : null, edge: pen.shade(yours ? BLUE : GREY), dash: yours ? [] : [4, 3] });
      pen.text(state === checked ? "✓" : state === unchecked ? "?" : "", 20, top + tall / 2 + 1, { align: "center", bold: true, size: 12, colour: state === checked ? (pen.dark ? "#000" : "#fff") : pen.ink });
      [[state, y, yours], [exercise, y, false], [layers, second, false], [place, second, false]].forEach(([words, at, bold], i) => {
        const end = wide || i % 2 ? columns[wide ? i + 1 : 4] : columns[1];
        pen.text(words, columns[i], at, { bold, size: i > 1 ? 11 : 12, most: end - columns[i] - 8 });
      });
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

export { scene };
export default mount(scene);
