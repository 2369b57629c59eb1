// Chapter 19: ten trainings with a wrong gear each, beside the right one: loss, accuracy, gradients' lengths and filters.
import { BLUE, RED, clip, mount, number, range } from "./canvas.js";
import { describeFilter, drawFilters, layoutFilters, pickFilter } from "./symptoms_filters.js";

const LEAST = -5, MOST = 2, HIGHEST = 3.5, ROW = 22, HEAD = 44, FOOT = 40, NAMES = 108, RATIO = 54, AXIS = 30, EDGE = 6, APART = 560;
const POWERS = { [-5]: "10⁻⁵", [-3]: "10⁻³", [-1]: "0.1", 1: "10" };
const RIGHT = { colour: BLUE, dash: [] }, WRONG = { colour: RED, dash: [6, 3] };

const last = list => list[list.length - 1];
const lengths = s => [s.data.runs[s.run], s.data.runs.right].map(run => run.norms[s.parameter][s.step]);

// The loss on the left and the lengths on the right, or one below the other in a narrow column; the filters below them.
function layout(s, width) {
  const beside = width >= APART, rows = s.data.parameters.length, high = rows * ROW;
  const wide = beside ? Math.round(width * 0.44) : width - EDGE;
  const curve = { x: AXIS, y: HEAD, width: wide - AXIS, height: beside ? high : 190 };
  const list = { x: (beside ? wide + 26 : 0) + NAMES, y: beside ? HEAD : curve.y + curve.height + FOOT + HEAD, height: high };
  list.width = width - list.x - EDGE - 8 - RATIO;
  const filters = layoutFilters(s, width, list.y + high + FOOT);
  return { curve, list, filters, bottom: filters.bottom + 4 };
}

const timeAt = (box, s, step) => box.x + (step / (s.data.runs.right.losses.length - 1)) * box.width;
const lossAt = (box, loss) => box.y + box.height * (1 - clip(loss, 0, HIGHEST) / HIGHEST);
const placeOf = (box, length) => box.x + ((clip(Math.log10(length), LEAST, MOST) - LEAST) / (MOST - LEAST)) * box.width;

function nearest(s, box, x) {
  const far = s.data.steps.map(step => Math.abs(timeAt(box, s, step) - x));
  return far.indexOf(Math.min(...far));
}

const scene = {
  says: { step: s => String(s.data.steps[s.step]) },
  room: 300,
  size: (s, width) => [width, layout(s, width).bottom],
  settle: s => ({ parameter: clip(s.parameter, 0, s.data.parameters.length - 1) }),
  move: (s, right, down) => ({ step: clip(s.step + right, 0, s.data.steps.length - 1), parameter: s.parameter + down }),
  press: s => {
    const letters = Object.keys(s.data.runs).filter(name => name !== "right");
    return { run: letters[(letters.indexOf(s.run) + 1) % letters.length] };
  },
  play: s => (s.step < s.data.steps.length - 1 ? { step: s.step + 1 } : null),
  pace: 700,
  pick(s, x, y, width) {
    const { curve, list, filters } = layout(s, width);
    if (x >= curve.x - 8 && x <= curve.x + curve.width + 8 && y > curve.y - 8 && y < curve.y + curve.height + 8) {
      return { step: nearest(s, curve, x) };
    }
    const row = Math.floor((y - list.y) / ROW);
    return x >= list.x - NAMES && row >= 0 && row < s.data.parameters.length ? { parameter: row } : pickFilter(filters, x, y);
  },

  draw(pen, s) {
    const { curve, list, filters } = layout(s, pen.width), step = s.data.steps[s.step], { right } = s.data.runs, own = s.data.runs[s.run];
    const both = [[right, RIGHT, "right run"], [own, WRONG, `run ${s.run}`]];

    both.forEach(([run, look, name], k) => {
      const y = 10 + 18 * k;
      pen.line([[curve.x, y], [curve.x + 22, y]], { ...look, thick: 2.5 });
      pen.text(`${name} reads ${run.passes.map(read => read.replace(" %", "")).join(", ")} %`, curve.x + 28, y, { size: 11, most: curve.width - 28 });
    });
    pen.box(curve.x, curve.y, curve.width, curve.height, { faint: 0.5 });
    for (const loss of range(4)) {
      pen.text(loss, curve.x - 5, lossAt(curve, loss), { size: 11, align: "right" });
      if (loss) pen.line([[curve.x, lossAt(curve, loss)], [curve.x + curve.width, lossAt(curve, loss)]], { thick: 0.5, alpha: 0.3 });
    }
    for (const time of [0, 46, 92, 137]) pen.text(time, timeAt(curve, s, time), curve.y + curve.height + 12, { size: 11, align: time === 137 ? "right" : "center" });
    pen.text("loss of each step", curve.x + curve.width / 2, curve.y + curve.height + 28, { size: 11, align: "center", most: curve.width + AXIS });
    both.forEach(([run, look]) => pen.line(run.losses.map((loss, t) => [timeAt(curve, s, t), lossAt(curve, loss)]), { ...look, thick: 1.75 }));
    pen.line([[timeAt(curve, s, step), curve.y], [timeAt(curve, s, step), curve.y + curve.height]], { thick: 1.5, dash: [2, 3] });

    pen.text(`Length of each gradient at step ${step}`, list.x - NAMES, list.y - HEAD + 10, { size: 12, bold: true });
    pen.text(`disc: right run; cross: run ${s.run}`, list.x - NAMES, list.y - HEAD + 28, { size: 11, most: NAMES + list.width });
    pen.text("ratio", list.x + list.width + RATIO, list.y - 10, { size: 11, align: "right" });
    pen.box(list.x - 4, list.y, list.width + 8, list.height, { faint: 0.4 });
    for (let power = LEAST; power <= MOST; power += 2) {
      const x = placeOf(list, 10 ** power);
      pen.line([[x, list.y], [x, list.y + list.height]], { thick: 0.5, alpha: 0.3 });
      pen.text(POWERS[power], x, list.y + list.height + 12, { size: 11, align: "center" });
    }
    s.data.parameters.forEach((name, row) => {
      const y = list.y + (row + 0.5) * ROW, chosen = row === s.parameter;
      if (chosen) pen.box(list.x - NAMES, list.y + row * ROW + 1, NAMES + list.width + RATIO + 6, ROW - 2, { thick: 2 });
      pen.text(name, list.x - 10, y, { size: 12, align: "right", bold: chosen });
      const [from, to] = [right, own].map(run => run.norms[row][s.step]);
      if (from && to) pen.line([[placeOf(list, from), y], [placeOf(list, to), y]], { colour: RED, thick: 1.5, alpha: 0.6 });
      if (from) pen.dot(placeOf(list, from), y, 5, { fill: BLUE, edge: BLUE });
      if (to) {
        const x = placeOf(list, to);
        for (const side of [1, -1]) pen.line([[x - 5, y - 5 * side], [x + 5, y + 5 * side]], { colour: RED, thick: 2.5 });
      }
      if (from) pen.text(number(to / from), list.x + list.width + RATIO, y, { size: 12, align: "right", bold: chosen });
      if (!from && !to) pen.text("0", list.x + 2, y, { size: 11 });
    });
    drawFilters(pen, s, filters);
  },

  caption(s) {
    const step = s.data.steps[s.step], { right } = s.data.runs, own = s.data.runs[s.run], [length, true_] = lengths(s);
    const ratio = true_ ? `${number(length / true_)} times the right one` : "where the right gradient is 0";
    return `Run ${s.run} at step ${step}: loss ${number(own.losses[step])}, right run ${number(right.losses[step])}. ` +
      `Test images read after three passes: ${last(own.passes)}, right run ${last(right.passes)}. Gradient of ` +
      `${s.data.parameters[s.parameter]}: length ${number(length)}, right run ${number(true_)}; ` +
      `${length || true_ ? ratio : "it is 0 in both"}. ${describeFilter(s)}`;
  },
};

export { scene };
export default mount(scene);
