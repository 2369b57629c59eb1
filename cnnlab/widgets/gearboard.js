// The gear board: cogs that mesh, each PyTorch's or the learner's. They turn while the network is trained.
import { BLUE, GREY, PINK, clip, mount, range, still } from "./canvas.js";
import { angleOf, bounds, outline, train } from "./gearboard_train.js";

const SIDE = 76, HEAD = 92, LABEL = 66, LINE = 44, PACE = 8; // PACE: teeth a second at most
const moved = new WeakMap(); // what each picture has turned so far: { teeth, since, steps }

// The rows from left to right: what takes the step first, then the layers, and the loss at the right end.
function order(s) {
  const last = s.rows.length - 1;
  return last > 0 && s.rows[last][2] === "optimizer" ? [last, ...range(last)] : range(last + 1);
}

function layout(s, width) {
  const shown = order(s), cogs = train(shown.map(k => s.rows[k][2].split(", ").length)), [left, right, top, bottom] = bounds(cogs);
  const moduleFor = free => clip((width - 2 * free) / (right - left), 3.2, 8);
  const apartFor = free => (moduleFor(free) * (cogs.at(-1).x - cogs[0].x)) / Math.max(1, cogs.length - 1);
  // Names go above and below the cogs where they fit, if need be without the arrows at both ends; or else into a list.
  const fits = free => cogs.length < 3 || apartFor(free) * 2 > 158, around = fits(8);
  const free = width >= 620 && (fits(SIDE) || !around) ? SIDE : 8, module = moduleFor(free), apart = apartFor(free);
  const over = around ? LABEL : 24, y0 = HEAD + over, wide = Math.max(width, 2 * free + (right - left) * module);
  const x0 = (wide - (right - left) * module) / 2;
  const places = cogs.map((c, k) => ({ ...c, row: shown[k], px: x0 + (c.x - left) * module, py: y0 + (c.y - top) * module, size: c.radius * module }));
  const end = y0 + (bottom - top) * module + over;
  return { places, module, around, wide, free, end, high: end + (around ? 0 : LINE * cogs.length) + 46, most: cogs.length > 1 ? 2 * apart - 8 : wide };
}

const scene = {
  room: 210,
  size: (s, width) => (s.rows.length ? [layout(s, width).wide, layout(s, width).high] : [width, 40]),
  settle: s => ({ gear: clip(s.gear, 0, Math.max(0, s.rows.length - 1)) }),
  move(s, right, down) {
    const shown = order(s);
    return shown.length ? { gear: shown[clip(shown.indexOf(s.gear) + right + down, 0, shown.length - 1)] } : null;
  },
  press(s) {
    const shown = order(s);
    return shown.length ? { gear: shown[(shown.indexOf(s.gear) + 1) % shown.length] } : null;
  },
  pick(s, x, y, width) {
    if (!s.rows.length) return null;
    const { places, module, around, end } = layout(s, width);
    const found = places.find(p => Math.hypot(x - p.px, y - p.py) < p.size + module);
    if (found) return { gear: found.row };
    const line = Math.floor((y - end) / LINE);
    return !around && line >= 0 && line < places.length ? { gear: places[line].row } : null;
  },

  draw(pen, s) {
    const turned = turn(pen.context, s);
    if (!s.rows.length) return pen.text("This network has no gears.", 0, 20);
    const l = layout(s, pen.width);
    drawHead(pen, s);
    l.places.forEach((p, k) => {
      drawCog(pen, s, p, l, angleOf(p, turned));
      (l.around ? drawName : drawNumber)(pen, s, p, k, l);
    });
    if (l.free === SIDE) drawEnds(pen, l);
    if (!l.around) l.places.forEach((p, k) => drawLine(pen, s, p, k, l));
    return drawNext(pen, s, l);
  },
  // Whether the next frame differs: while there are steps that the train has not turned for.
  moving: (s, pen) => !still() && moved.get(pen.context)?.teeth < s.steps,

  caption(s) {
    if (!s.rows.length) return "This network has no gears.";
    const counts = s.data.states.map(state => [s.rows.filter(row => row[1] === state).length, state]).filter(([n]) => n);
    const [exercise, state, layers, place, chapter] = s.rows[s.gear];
    const said = `Gears: ${counts.map(pair => pair.join(" ")).join(", ")}. ${exercise} turns ${layers}; it is ${state}`;
    return said + (state === s.data.states[2] ? ` until you write it: ${place}.` : `, in ${place} (chapter ${chapter}).`);
  },
  link(s) {
    if (!s.rows.length) return null;
    const [exercise, , , place, chapter, address] = s.rows[s.gear], [file, ...line] = place.replace(/^chapter \d+, /, "").split(", ");
    return { address, file, more: `${line.map(words => `, ${words}`).join("")}: ${exercise}, an exercise of chapter ${chapter}.` };
  },
};

// By how many teeth the train is turned now: a tooth for each step, but not faster than one can see. A whole tooth more
// or less looks the same, so what it is behind by is left out.
function turn(context, s) {
  const now = performance.now(), last = moved.get(context) ?? { teeth: s.steps, since: now };
  const behind = Math.max(0, s.steps - last.teeth), kept = behind > 4 ? 2 + (behind % 1) : behind;
  const step = Math.min(kept, (Math.min(100, now - last.since) / 1000) * PACE);
  const teeth = still() || s.steps < last.teeth ? s.steps : s.steps - kept + step;
  moved.set(context, { teeth, since: now });
  return teeth;
}

const isYours = (s, row) => s.rows[row][1] !== s.data.states[2];
const isChecked = (s, row) => s.rows[row][1] === s.data.states[0];
const fileOf = place => place.replace(/^chapter \d+, /, "").split(/[\\/]/).at(-1);
const whose = (s, row) => (isChecked(s, row) ? "yours" : isYours(s, row) ? "unchecked" : "PyTorch’s");

function drawHead(pen, s) {
  const yours = range(s.rows.length).filter(row => isYours(s, row)).length, others = s.rows.length - yours;
  const title = `This network runs on ${yours} gear${yours === 1 ? "" : "s"} of yours`;
  pen.text(title, 0, 13, { size: pen.width < 400 ? 13 : pen.width < 520 ? 15 : 20, bold: true });
  pen.text(others ? `and on ${others} of PyTorch’s, until you write ${others === 1 ? "it" : "them"}` : "and on no others", 0, 38, { size: 13 });
  if (pen.width > 660) pen.text("The loss turns them from the right; the step comes out at the left.", pen.width, 38, { size: 12, align: "right", alpha: 0.8 });
  let x = 14;
  const narrow = pen.width < 400;
  (narrow ? ["checked", "unchecked", "PyTorch’s"] : ["yours, checked", "yours, unchecked", "PyTorch’s"]).forEach((words, state) => {
    drawShape(pen, { teeth: 9, radius: 4.5, px: x, py: 66 }, 1.9, 0.2, state);
    pen.text(words, x + 18, 67, { size: 12 });
    x += pen.measure(words, { size: 12 }) + (narrow ? 36 : 48);
  });
  const rule = "A gear is one gradient function; the more layers it turns, the larger it is.";
  if (x + pen.measure(rule, { size: 12 }) < pen.width) pen.text(rule, x, 67, { size: 12, alpha: 0.8 });
}

// state: 0 the learner's and checked, filled, with a check mark; 1 unchecked, outlined; 2 PyTorch's, with a hole.
function drawShape(pen, cog, module, angle, state) {
  const { context } = pen, edge = pen.shade(state === 2 ? GREY : BLUE), size = cog.radius * module, rim = 0.72 * size;
  context.beginPath();
  outline(cog, angle).forEach(([x, y], k) => context[k ? "lineTo" : "moveTo"](cog.px + x * module, cog.py + y * module));
  context.closePath();
  context.fillStyle = pen.page;
  context.fill();
  Object.assign(context, { fillStyle: edge, globalAlpha: [1, 0.08, 0.14][state] });
  context.fill();
  Object.assign(context, { strokeStyle: edge, lineWidth: 1.5, globalAlpha: 1 });
  context.setLineDash(state === 1 ? [4, 2] : []);
  context.stroke();
  context.setLineDash([]);
  const on = pen.dark ? "#000" : "#fff";
  if (state === 0) {
    if (rim > 12) { context.beginPath(); context.arc(cog.px, cog.py, rim, 0, 7); Object.assign(context, { strokeStyle: on, globalAlpha: 0.5 }); context.stroke(); context.globalAlpha = 1; }
    pen.line([[-0.26, 0.03], [-0.08, 0.22], [0.28, -0.2]].map(([a, b]) => [cog.px + a * size, cog.py + b * size]), { colour: on, thick: Math.max(1.6, size / 9) });
  } else if (state === 1) pen.text("?", cog.px, cog.py + 1, { align: "center", bold: true, size: Math.max(11, size * 0.6) });
  else {
    // A mark beside the hole shows that the cog turns.
    context.beginPath();
    context.arc(cog.px, cog.py, size * 0.2, 0, 7);
    context.fillStyle = pen.page;
    context.fill();
    context.stroke();
  }
}

function drawCog(pen, s, p, { module }, angle) {
  drawShape(pen, p, module, angle, s.data.states.indexOf(s.rows[p.row][1]));
  if (p.row !== s.gear) return;
  const { context } = pen;
  context.beginPath();
  context.arc(p.px, p.py, p.size - 2.4 * module, 0, 7);
  Object.assign(context, { strokeStyle: pen.ink, lineWidth: 3 });
  context.stroke();
}

function drawName(pen, s, p, k, { module, end, free, most: apart }) {
  const up = k % 2 === 0, [exercise, , layers, place] = s.rows[p.row], from = p.py + (up ? -1 : 1) * (p.size + 1.4 * module);
  const y = up ? HEAD + 12 : end - LABEL + 18, most = Math.max(120, apart), chosen = p.row === s.gear;
  pen.line([[p.px, from], [p.px, up ? y + 44 : y - 10]], { colour: GREY, thick: 1.2 });
  const roomy = free === SIDE, file = roomy ? `${whose(s, p.row)} · ${fileOf(place)}` : fileOf(place);
  const lines = [[exercise, { bold: true, size: roomy ? 12 : 11 }], [file, { size: 11 }], [layers, { size: 11, alpha: 0.8 }]];
  const half = Math.min(most, Math.max(...lines.map(([words, look]) => pen.measure(words, { size: 12, ...look })))) / 2;
  const x = clip(p.px, half + 2, Math.max(half + 2, pen.width - half - 2));
  lines.forEach(([words, look], i) => pen.text(words, x, y + 2 + 16 * i, { align: "center", most, ...look }));
  if (chosen) pen.line([[x - half, y + 10], [x + half, y + 10]], { thick: 2 });
}

function drawNumber(pen, s, p, k, { module }) {
  pen.text(k + 1, p.px, p.py + (k % 2 ? 1 : -1) * (p.size + 2 * module + 6), { align: "center", bold: true, size: 12 });
}

function drawLine(pen, s, p, k, { end }) {
  const [exercise, , layers, place] = s.rows[p.row], y = end + k * LINE;
  if (p.row === s.gear) pen.box(0, y, pen.width, LINE, { thick: 3 });
  pen.text(k + 1, 16, y + 14, { align: "center", bold: true });
  pen.text(exercise, 32, y + 14, { bold: true, most: pen.width - 52 - pen.measure(whose(s, p.row), { size: 11 }) });
  pen.text(whose(s, p.row), pen.width - 8, y + 14, { align: "right", size: 11 });
  pen.text(`${layers} · ${place}`, 32, y + 31, { size: 11, most: pen.width - 44 });
}

// Gradients come in from the loss at the right, and go out as the step at the left.
function drawEnds(pen, { places, module }) {
  const [first, last] = [places[0], places.at(-1)], left = first.px - first.size - module - 6, right = last.px + last.size + module + 6;
  pen.arrow(left, first.py, Math.max(2, left - 58), first.py, { colour: PINK, thick: 4 });
  pen.text("the step", left, first.py - 18, { align: "right", bold: true, size: 12 });
  pen.text("it learns", left, first.py + 18, { align: "right", size: 11, alpha: 0.8 });
  pen.arrow(right + 58, last.py, right, last.py, { colour: PINK, thick: 4 });
  pen.text("the loss", right, last.py - 18, { bold: true, size: 12 });
  pen.text("turns it", right, last.py + 18, { size: 11, alpha: 0.8 });
}

function drawNext(pen, s, { high }) {
  const chapter = row => Number(/^chapter (\d+)/.exec(row[3])?.[1] ?? 99);
  const next = s.rows.filter(row => row[1] === s.data.states[2]).sort((a, b) => chapter(a) - chapter(b))[0];
  pen.line([[0, high - 38], [pen.width, high - 38]], { colour: GREY, thick: 1 });
  if (!next) return pen.text("Every gear of this network is yours.", 0, high - 16, { size: 13, bold: true, most: pen.width });
  const [what, where] = [`Next: ${next[0]}`, next[3]], line = `${what} · ${where}`;
  if (pen.measure(line, { size: 13 }) <= pen.width) return pen.text(line, 0, high - 16, { size: 13 });
  pen.text(what, 0, high - 25, { size: 12, most: pen.width });
  return pen.text(where, 0, high - 8, { size: 12, most: pen.width });
}

export { scene };
export default mount(scene);
