// Chapter 3: the error of a difference quotient against its step, under the learner's hand.
import { GREY, clip, mount, number } from "./canvas.js";

const LEFT = 60, HEIGHT = 250, LEAST = -17, MOST = 2, LEGEND = 126;
const DASHES = [[2, 5], [], [10, 5]]; // a method's pattern; the chosen one is thick and in the text's colour

const step = k => 10 ** (k / 4 - 16);
const curve = (s, method = s.method) => s.data.curves[`${s.function}|${method}|${s.precision}`];

// The plane, with the names of the curves beside it, or above it in a narrow column.
function layout(width) {
  const beside = width >= 620, top = beside ? 26 : 54, wide = width - LEFT - (beside ? LEGEND : 20);
  return {
    beside, top, wide, bottom: top + HEIGHT, right: LEFT + wide,
    x: k => LEFT + (k / 64) * wide,
    y: error => clip(top + ((MOST - Math.log10(Math.max(error, 10 ** LEAST))) / (MOST - LEAST)) * HEIGHT, top, top + HEIGHT),
  };
}

const scene = {
  says: { position: s => number(step(s.position), 2) },
  room: 260,
  size: (s, width) => [width, layout(width).bottom + 44],
  settle: s => ({ position: clip(s.position, 0, 64) }),
  move(s, right, down) {
    const method = clip(s.data.methods.indexOf(s.method) + down, 0, s.data.methods.length - 1);
    return { position: s.position + right, method: s.data.methods[method] };
  },
  press: s => ({ position: curve(s).best }),
  pick: (s, px, py, width) => ({ position: Math.round(((px - LEFT) / layout(width).wide) * 64) }),

  draw(pen, s) {
    const { beside, top, wide, bottom, right, x, y } = layout(pen.width);
    for (const power of [-16, -12, -8, -4, 0]) {
      const at = x((power + 16) * 4), high = y(10 ** power);
      pen.line([[at, top], [at, bottom]], { thick: 1, alpha: 0.15 });
      pen.line([[LEFT, high], [right, high]], { thick: 1, alpha: 0.15 });
      pen.text(number(10 ** power), at, bottom + 13, { size: 11, align: "center" });
      pen.text(number(10 ** power), LEFT - 8, high, { size: 11, align: "right" });
    }
    pen.box(LEFT, top, wide, HEIGHT, { faint: 0.5 });
    pen.text("step h", LEFT + wide / 2, bottom + 32, { align: "center", bold: true });
    pen.text("relative error", 0, 10, { bold: true });
    s.data.methods.forEach((method, k) => {
      const { errors } = curve(s, method), chosen = method === s.method, look = { dash: DASHES[k], thick: chosen ? 4 : 2, colour: chosen ? pen.ink : GREY };
      pen.line(errors.map((e, i) => [x(i), y(e)]), look);
      const [px, py] = beside ? [right + 10, top + 30 + 26 * k] : [k * Math.min(140, pen.width / 3.3), 34], long = pen.width < 320 ? 18 : 28;
      pen.line([[px, py], [px + long, py]], look);
      pen.text(method, px + long + 5, py, { size: long < 28 ? 11 : 12, bold: chosen });
    });
    const { errors, best } = curve(s), here = y(errors[s.position]);
    pen.line([[x(s.position), top], [x(s.position), bottom]], { thick: 1.5, dash: [3, 3] });
    pen.line([[x(best), bottom - 16], [x(best), bottom]], { thick: 4 }); // a mark of its own: the dotted line is the chosen h
    const inwards = x(best) > right - 56 ? -1 : 1;
    pen.text("best h", x(best) + 7 * inwards, bottom - 9, { align: inwards < 0 ? "right" : "left", halo: true });
    pen.dot(x(s.position), here, 7, { edge: pen.page });
    pen.text(number(errors[s.position], 2), x(s.position) + (s.position > 50 ? -14 : 14), clip(here - 14, top + 10, bottom), { align: s.position > 50 ? "right" : "left", bold: true, size: 13, halo: true });
  },

  caption(s) {
    const { estimates, errors, exact, best, bottom } = curve(s), error = errors[s.position];
    const said = `The ${s.method} quotient of ${s.function} with h = ${number(step(s.position))} in ${s.precision} ` +
      `is ${number(estimates[s.position], 8)}; exact is ${number(exact, 8)}, the relative error ` +
      `${number(error)}. The best h is ${number(step(best))}, with ${number(errors[best])}. `;
    if (error <= bottom) return `${said}This is near the bottom.`;
    if (s.position < best) return `${said}Here h is too small: rounding, which is divided by h, outweighs the rest.`;
    return `${said}Here h is too large: the function bends between the points, or has a kink there.`;
  },
};

export { scene };
export default mount(scene);
