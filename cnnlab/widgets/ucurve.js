// Chapter 3: the error of a difference quotient against its step, under the learner's hand.
import { BLUE, GREEN, RED, clip, mount, number } from "./canvas.js";

const BOX = { left: 60, top: 14, width: 540, height: 250 }, LEAST = -17, MOST = 2;
const LOOKS = [{ colour: GREEN, dash: [2, 4] }, { colour: BLUE, dash: [] }, { colour: RED, dash: [9, 4] }];

const step = k => 10 ** (k / 4 - 16);
const curve = (s, method = s.method) => s.data.curves[`${s.function}|${method}|${s.precision}`];
const x = k => BOX.left + (k / 64) * BOX.width;
const y = error => BOX.top + ((MOST - Math.log10(Math.max(error, 10 ** LEAST))) / (MOST - LEAST)) * BOX.height;

const scene = {
  says: { position: s => number(step(s.position), 2) },
  size: () => [720, 306],
  settle: s => ({ position: clip(s.position, 0, 64) }),
  move(s, right, down) {
    const method = clip(s.data.methods.indexOf(s.method) + down, 0, s.data.methods.length - 1);
    return { position: s.position + right, method: s.data.methods[method] };
  },
  press: s => ({ position: curve(s).best }),
  pick: (s, px) => ({ position: Math.round(((px - BOX.left) / BOX.width) * 64) }),

  draw(pen, s) {
    for (const power of [-16, -12, -8, -4, 0]) {
      const at = x((power + 16) * 4), high = y(10 ** power);
      pen.line([[at, BOX.top], [at, BOX.top + BOX.height]], { thick: 1, alpha: 0.15 });
      pen.line([[BOX.left, high], [BOX.left + BOX.width, high]], { thick: 1, alpha: 0.15 });
      pen.text(number(10 ** power), at, BOX.top + BOX.height + 12, { size: 11, align: "center" });
      pen.text(number(10 ** power), BOX.left - 8, high, { size: 11, align: "right" });
    }
    pen.box(BOX.left, BOX.top, BOX.width, BOX.height, { faint: 0.5 });
    pen.text("h", BOX.left + BOX.width / 2, BOX.top + BOX.height + 30, { align: "center" });
    pen.text("relative error", 0, BOX.top - 4, { size: 11 });
    s.data.methods.forEach((method, k) => {
      const { errors } = curve(s, method), chosen = method === s.method, end = BOX.top + 30 + 26 * k;
      pen.line(errors.map((e, i) => [x(i), clip(y(e), BOX.top, BOX.top + BOX.height)]), { ...LOOKS[k], thick: chosen ? 3 : 1.5, alpha: chosen ? 1 : 0.6 });
      pen.line([[BOX.left + BOX.width + 12, end], [BOX.left + BOX.width + 36, end]], { ...LOOKS[k], thick: chosen ? 3 : 1.5 });
      pen.text(method, BOX.left + BOX.width + 42, end, { bold: chosen });
    });
    const { errors, best } = curve(s), here = clip(y(errors[s.position]), BOX.top, BOX.top + BOX.height);
    pen.line([[x(s.position), BOX.top], [x(s.position), BOX.top + BOX.height]], { thick: 1.5, dash: [3, 3] });
    pen.text("best", x(best), BOX.top + BOX.height - 8, { size: 11, align: "center" });
    pen.dot(x(s.position), here, 6, { fill: LOOKS[s.data.methods.indexOf(s.method)].colour });
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
