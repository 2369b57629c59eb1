// Chapter 6: the error of each gradient as the article's shorthand is repaired piece by piece.
import { BLUE, GREEN, ORANGE, PINK, mount, number } from "./canvas.js";

const TOP = 128, HIGH = 36, LEFT = 60, WIDE = 560, LEAST = -11;
const keys = s => Object.keys(s.data.pieces);
const repaired = s => keys(s).map(name => s.data.pieces[name].indexOf(s[name]));
const found = s => s.data.errors[repaired(s).join("")];
const toggled = (s, k) => ({ piece: k, [keys(s)[k]]: s.data.pieces[keys(s)[k]][1 - repaired(s)[k]] });
const at = e => LEFT + ((Math.log10(Math.max(e, 10 ** LEAST)) - LEAST) / -LEAST) * WIDE;

const scene = {
  size: () => [720, TOP + 4 * HIGH + 42],
  settle: s => ({ piece: ((s.piece % 3) + 3) % 3 }),
  move: (s, right, down) => ({ piece: s.piece + right + down }),
  press: s => toggled(s, s.piece),
  pick: (s, x, y) => (y > 18 && y < 100 ? toggled(s, Math.min(2, Math.max(0, Math.floor(x / 236)))) : null),

  draw(pen, s) {
    keys(s).forEach((name, k) => {
      const done = repaired(s)[k], left = k * 236;
      pen.box(left, 20, 220, 74, { fill: done ? GREEN : ORANGE, alpha: done ? 0.3 : 0.2, thick: k === s.piece ? 3 : 1, dash: done ? [] : [5, 3] });
      pen.text(done ? "repaired" : "not repaired", left + 12, 38, { size: 11, alpha: 0.8 });
      pen.text(s.data.pieces[name][done], left + 12, 66, { size: 16, bold: true });
    });
    for (const power of [-10, -8, -6, -4, -2, 0]) {
      pen.line([[at(10 ** power), TOP], [at(10 ** power), TOP + 4 * HIGH]], { thick: power === -8 ? 2 : 1, alpha: power === -8 ? 0.9 : 0.15, dash: power === -8 ? [5, 4] : [] });
      pen.text(number(10 ** power, 1), at(10 ** power), TOP + 4 * HIGH + 14, { size: 11, align: "center" });
    }
    pen.text("error against centred differences; left of the dashed line a formula is right", LEFT, TOP + 4 * HIGH + 32, { size: 11 });
    found(s).forEach((e, k) => {
      const y = TOP + k * HIGH, right = e < 1e-8;
      pen.text(s.data.names[k], LEFT - 10, y + HIGH / 2, { align: "right" });
      pen.box(LEFT, y + 6, Math.max(2, at(e) - LEFT), HIGH - 12, { fill: right ? BLUE : PINK, alpha: 0.6, faint: 0.7 });
      pen.text(number(e, 2) + (right ? "  right" : ""), at(e) + 8, y + HIGH / 2, { bold: right });
    });
  },

  caption(s) {
    const said = s.data.names.map((name, k) => `${name} ${number(found(s)[k], 2)}`).join(", ");
    const right = s.data.names.filter((_, k) => found(s)[k] < 1e-8), count = repaired(s).reduce((a, b) => a + b);
    return `${count} of 3 pieces repaired. Errors: ${said}. ` +
      `${right.length ? `Right: ${right.join(", ")}.` : "None is right."} Chosen: ${s[keys(s)[s.piece]]}.`;
  },
};

export { scene };
export default mount(scene);
