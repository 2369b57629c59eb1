// Chapter 14: the logits of a trained network's coarse way and of its skip, added with a share of the skip.
import { GREEN, RED, clip, decimals, mount, range } from "./canvas.js";

const SIDE = 32, PIXELS = SIDE * SIDE, NAMES = ["background", "0", "1", "4"], WHOLE = 10, HEAD = 26, GAP = 22, FOOT = 30;
const SHADES = [0, 0.35, 0.62, 0.95], TITLES = { x: "scene", wanted: "wanted", answer: "the network's answer" };
const two = v => decimals(Math.floor(v * 100 + 0.5) / 100);

const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
const decoded = new WeakMap();
function decode(data) {
  if (!decoded.has(data)) {
    const words = name => new Int16Array(bytes(data[name]).buffer);
    decoded.set(data, { x: bytes(data.x), masks: bytes(data.masks), coarse: words("coarse"), skip: words("skip") });
  }
  return decoded.get(data);
}

// One pixel's logits, of the coarse way and of the skip in hundredths, and of their sum in thousandths.
function logits(s, place) {
  const { coarse, skip } = decode(s.data), at = NAMES.map((_, k) => (s.image * NAMES.length + k) * PIXELS + place);
  return { coarse: at.map(i => coarse[i]), skip: at.map(i => skip[i]), sum: at.map(i => WHOLE * coarse[i] + s.share * skip[i]) };
}
const largest = values => values.indexOf(Math.max(...values));
const predict = s => range(PIXELS).map(place => largest(logits(s, place).sum));
const wantedOf = s => decode(s.data).masks.subarray(s.image * PIXELS, (s.image + 1) * PIXELS);

function measure(answer, wanted) {
  let total = 0, count = 0;
  for (const k of NAMES.keys()) {
    const both = answer.filter((a, i) => a === k && wanted[i] === k).length, either = answer.filter((a, i) => a === k || wanted[i] === k).length;
    if (either) [total, count] = [total + both / either, count + 1];
  }
  return [total / count, answer.filter((a, i) => a !== wanted[i]).length];
}

// The sides of pixels that have another class beyond them, as pairs of corners [row, column]: a shade alone is too pale.
function outline(classes) {
  return range(PIXELS).flatMap(place => {
    const row = Math.floor(place / SIDE), column = place % SIDE, sides = [];
    if (column && classes[place] !== classes[place - 1]) sides.push([[row, column], [row + 1, column]]);
    if (row && classes[place] !== classes[place - SIDE]) sides.push([[row, column], [row, column + 1]]);
    return sides;
  });
}

// Three panels beside each other, or below each other in a narrow column.
function layout(width) {
  const side = Math.floor((width - 2 * GAP - 6) / (3 * SIDE)), wide = side >= 5;
  const cell = wide ? Math.min(9, side) : Math.min(8, Math.floor((width - 6) / SIDE)), across = SIDE * cell + GAP, down = SIDE * cell + HEAD + 8;
  const places = Object.fromEntries(Object.keys(TITLES).map((name, k) => [name, wide ? [3 + k * across, HEAD] : [3, HEAD + k * down]]));
  return { cell, places, bottom: HEAD + (wide ? 1 : 3) * down - HEAD + FOOT };
}

const scene = {
  room: 330,
  size: (s, width) => [width, layout(width).bottom],
  settle: s => ({ row: clip(s.row, 0, SIDE - 1), column: clip(s.column, 0, SIDE - 1) }),
  move: (s, right, down) => ({ row: s.row + down, column: s.column + right }),
  press: s => ({ share: s.share ? 0 : WHOLE }),
  play: s => (s.share < WHOLE ? { share: s.share + 1 } : null),
  says: { share: s => `${10 * s.share} %` },
  pick(s, px, py, width) {
    const { cell, places } = layout(width);
    for (const [left, top] of Object.values(places)) {
      const row = Math.floor((py - top) / cell), column = Math.floor((px - left) / cell);
      if (row >= 0 && row < SIDE && column >= 0 && column < SIDE) return { row, column };
    }
    return null;
  },

  draw(pen, s) {
    const { cell, places, bottom } = layout(pen.width), { x } = decode(s.data), wanted = wantedOf(s), answer = predict(s);
    for (const [name, [left, top]] of Object.entries(places)) {
      const classes = { wanted, answer }[name], at = (row, column) => [left + column * cell, top + row * cell], crosses = [];
      pen.text(TITLES[name], left, top - 13, { size: 13, bold: name === "answer" });
      for (const place of range(PIXELS)) {
        const row = Math.floor(place / SIDE), px = left + (place % SIDE) * cell, py = top + row * cell;
        if (name === "x") {
          const light = x[s.image * PIXELS + place];
          pen.box(px, py, cell, cell, { fill: `rgb(${light}, ${light}, ${light})`, alpha: 1, edge: null });
          continue;
        }
        const k = classes[place];
        if (k) pen.box(px, py, cell, cell, { fill: GREEN, alpha: SHADES[k], edge: null });
        if (name === "answer" && k !== wanted[place]) {
          crosses.push([[px + 1, py + 1], [px + cell - 1, py + cell - 1]], [[px + 1, py + cell - 1], [px + cell - 1, py + 1]]);
        }
      }
      if (classes) pen.lines(outline(classes).map(side => side.map(corner => at(...corner))), { thick: 1 });
      pen.lines(crosses, { colour: RED, thick: 1.5 });
      pen.box(left - 1, top - 1, SIDE * cell + 2, SIDE * cell + 2, { faint: 0.5 });
      pen.box(left + s.column * cell - 2, top + s.row * cell - 2, cell + 4, cell + 4, { edge: name === "x" ? "#fff" : pen.ink, thick: 2 });
    }
    NAMES.slice(1).forEach((word, k) => {
      const px = 3 + 58 * k, py = bottom - 18;
      pen.box(px, py, 14, 14, { fill: GREEN, alpha: SHADES[k + 1], faint: 0.5 });
      pen.text(word, px + 20, py + 7.5, { size: 12 });
    });
    pen.text("× wrong", 3 + 58 * 3, bottom - 10.5, { size: 12 });
  },

  caption(s) {
    const wanted = wantedOf(s), answer = predict(s), [iou, wrong] = measure(answer, wanted), place = s.row * SIDE + s.column;
    const { coarse, skip, sum } = logits(s, place), list = (values, by) => values.map(v => two(v / by)).join(" ");
    return `Scene ${s.image} with ${10 * s.share} % of the skip: mean IoU ${two(iou)}, ${wrong} of 1024 pixels wrong. ` +
      `Pixel [${s.row}, ${s.column}] should be ${NAMES[wanted[place]]} and gets ${NAMES[answer[place]]}. Its logits of ` +
      `background, 0, 1, 4: coarse ${list(coarse, 100)}; skip ${list(skip, 100)}; coarse + ${10 * s.share} % of the skip ${list(sum, 1000)}.`;
  },
};

export { scene };
export default mount(scene);
