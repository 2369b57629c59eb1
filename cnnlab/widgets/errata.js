// Chapter 6: which gradients are right as the article's shorthand is repaired piece by piece, and how wrong the others are.
import { BLUE, RED, mount, number } from "./canvas.js";

const CARD = 66, GAP = 12, HIGH = 46, LEAST = -11, RIGHT = 1e-8, SCALE = { narrow: 84, wide: 190, end: 64 };
const keys = s => Object.keys(s.data.pieces);
const repaired = s => keys(s).map(name => s.data.pieces[name].indexOf(s[name]));
const found = s => s.data.errors[repaired(s).join("")];
const toggled = (s, k) => ({ piece: k, [keys(s)[k]]: s.data.pieces[keys(s)[k]][1 - repaired(s)[k]] });

// The three pieces beside each other, or below each other where the column is narrow.
function layout(width) {
  const stacked = width < 500, wide = stacked ? width : (width - 2 * GAP) / 3;
  const cards = [0, 1, 2].map(k => (stacked ? [0, k * (CARD + GAP)] : [k * (wide + GAP), 0]));
  return { cards, wide, top: cards[2][1] + CARD + 24, left: width < 450 ? SCALE.narrow : SCALE.wide };
}

const scene = {
  room: 150,
  size: (s, width) => [width, layout(width).top + 4 * HIGH + 44],
  settle: s => ({ piece: ((s.piece % 3) + 3) % 3 }),
  move: (s, right, down) => ({ piece: s.piece + right + down }),
  press: s => toggled(s, s.piece),
  pick(s, x, y, width) {
    const { cards, wide } = layout(width), k = cards.findIndex(([left, top]) => x >= left && x < left + wide && y >= top && y < top + CARD);
    return k < 0 ? null : toggled(s, k);
  },
  drag: null,

  draw(pen, s) {
    const { cards, wide, top, left } = layout(pen.width), end = pen.width - SCALE.end;
    const at = e => left + ((Math.log10(Math.max(e, 10 ** LEAST)) - LEAST) / -LEAST) * (end - left);
    keys(s).forEach((name, k) => {
      const done = repaired(s)[k], [x, y] = cards[k];
      pen.box(x, y, wide, CARD, { fill: BLUE, alpha: done ? 0.2 : 0, thick: k === s.piece ? 4 : 1, dash: done || k === s.piece ? [] : [5, 3] });
      pen.text(done ? "repaired" : "as in the article", x + 12, y + 18, { size: 12 });
      pen.text(s.data.pieces[name][done], x + 12, y + 44, { size: wide < 200 ? 13 : 15, bold: true, most: wide - 20 });
    });
    found(s).forEach((e, k) => {
      const y = top + k * HIGH, middle = y + HIGH / 2, right = e < RIGHT;
      if (right) pen.right(12, middle, 11); else pen.wrong(12, middle, 10);
      const above = left === SCALE.narrow ? 9 : 0; // there is no room for the two words beside each other
      pen.text(s.data.names[k], 32, middle - above, { size: 15, bold: true });
      if (above) pen.text(right ? "right" : "wrong", 32, middle + above, { size: 12 });
      else pen.text(right ? "right" : "wrong", left - 12, middle, { size: 14, align: "right" });
      const reach = at(e) - left;
      if (right) pen.box(left, y + 14, Math.max(2, reach), HIGH - 28, { fill: BLUE, alpha: 0.5, edge: BLUE });
      else { pen.hatch(left, y + 14, reach, HIGH - 28, { thick: 1 }); pen.box(left, y + 14, reach, HIGH - 28, { edge: RED }); }
      pen.text(number(e, 2), at(e) + 8, middle, { bold: true, halo: true });
    });
    const bottom = top + 4 * HIGH;
    for (const power of pen.width < 450 ? [-8, -4, 0] : [-10, -8, -6, -4, -2, 0]) {
      const limit = power === -8;
      pen.line([[at(10 ** power), limit ? top : bottom - 4], [at(10 ** power), bottom]], { thick: limit ? 2 : 1, dash: limit ? [5, 4] : [] });
      pen.text(number(10 ** power, 1), at(10 ** power), bottom + 12, { size: 11, align: "center" });
    }
    const scale = "error against centred differences; right is less than 1e−8";
    pen.text(pen.measure(scale, { size: 11 }) > pen.width ? scale.replace("error against centred differences", "error") : scale, Math.min(left, Math.max(0, pen.width - 340)), bottom + 32, { size: 11, most: pen.width });
  },

  caption(s) {
    const said = s.data.names.map((name, k) => `${name} ${number(found(s)[k], 2)}`).join(", ");
    const right = s.data.names.filter((_, k) => found(s)[k] < RIGHT), count = repaired(s).reduce((a, b) => a + b);
    return `${count} of 3 pieces repaired. ${right.length ? `Right: ${right.join(", ")}.` : "No gradient is right."} ` +
      `Errors: ${said}. Chosen: ${s[keys(s)[s.piece]]}.`;
  },
};

export { scene };
export default mount(scene);
