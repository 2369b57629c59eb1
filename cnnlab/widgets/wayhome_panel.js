// The panel: the way in words and numbers, 1 to 7, each number the one in the maps.
import { decimals } from "./canvas.js";
import { lossOf, tryBrighter } from "./wayhome_network.js";
import { cellsIn, change, deadEnd, digitsOfGradient, digitsOfProduct, digitsOfSum, followed, productsAtPool1, reach, sums } from "./wayhome_route.js";

const G = text => `<b class="wh-g">${text}</b>`;
const bad = text => `<b class="wh-bad">${text}</b>`;
export const grouped = n => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
const count = (cells, test) => cells.reduce((sum, k) => sum + (test(k) ? 1 : 0), 0);

function lossStep(s, run) {
  const p = [...run.a.p], other = run.answer === run.label
    ? p.reduce((best, v, k) => (k !== run.label && (best < 0 || v > p[best]) ? k : best), -1) : run.answer;
  const d = digitsOfGradient(run.g.logits[run.label], 3);
  const line = (k, name, y) => `${k}, ${name}: ${decimals(p[k], d)} − ${y} = ${G(decimals(run.g.logits[k], d))}`;
  return `${line(run.label, "the digit", 1)}<br>${line(other, run.answer === run.label ? "the next best" : "the answer", 0)}`;
}

function linearStep(s, run) {
  const open = name => count([...run.a[name].keys()], k => run.a[name][k] > 0);
  const gone = ["relu3", "relu4"].includes(s.layer) && s.spoiled && s.gear === "no mask";
  return `relu4: ${open("fc2")} of 84 open; relu3: ${open("fc1")} of 120. ` +
    (gone ? bad(`The shut ones of ${s.layer} pass on as well what they must stop.`) : "The shut ones pass on 0.");
}

function poolStep(s, run) {
  const windows = cellsIn("pool2", reach(s).pool2);
  return `${windows.length} windows in the cone: each gives all it has to the one cell that won.`;
}

function conv2Step(s, run, at, digits) {
  const winners = cellsIn("pool2", reach(s).pool2).map(k => run.won[2][k]), open = count(winners, k => run.a.conv2[k] > 0);
  const { list, sum } = productsAtPool1(run, s.map, at.i >> 1, at.j >> 1), got = run.g.pool1[at.pool1];
  const where = `pool1’s cell [${s.map}, ${at.i >> 1}, ${at.j >> 1}]`;
  let said = `${open} of the ${winners.length} winners are open. `;
  if (!list.length) return `${said}For ${where} no product dy·w is left: ${G("0")}.`;
  const first = list.slice(0, 2), rest = sum - first.reduce((t, p) => t + p.product, 0);
  said += `For ${where}, ${list.length} products dy·w are not 0:`;
  for (const p of first) said += `<br>${decimals(p.dy, digits)} · ${decimals(p.w, digits)} = ${G(decimals(p.product, digits))}`;
  if (list.length > 2) said += `<br>and ${list.length - 2} more: ${G(decimals(rest, digits))}; together ${G(decimals(sum, digits))}`;
  else said += `<br>together ${G(decimals(sum, digits))}`;
  const spoiled = s.spoiled && s.layer === "conv2" && s.gear !== "mean for sum";
  return spoiled ? `${said}<br>got ${bad(decimals(got, digits))} from ${s.gear}` : said;
}

function windowStep(s, run, at, digits) {
  const top = (at.i >> 1) * 2, left = (at.j >> 1) * 2;
  const cells = [0, 1].flatMap(a => [0, 1].map(b => {
    const k = (s.map * 28 + top + a) * 28 + left + b, won = run.won[1][at.pool1] === k;
    return `<span class="${won ? "wh-won" : "wh-lost"}">${decimals(run.a.relu1[k], 3)} ${won ? "won" : "lost"}<small>gets ${won ? decimals(run.g.relu1[k], digits) : 0}</small></span>`;
  }));
  return `<span class="wh-window">${cells.join("")}</span>`;
}

function conv1Step(s, run, at, digits) {
  const z = run.a.conv1[at.cell], open = z > 0, unmasked = s.spoiled && s.gear === "no mask" && s.layer === "relu1";
  const came = decimals(run.g.relu1[at.cell], digits);
  if (!at.won) return `The framed window lost its pool: its dy is ${G("0")}, and 0 · ${decimals(at.w, digits)} = ${G("0")}.`;
  if (!open && !unmasked) return `shut: ${decimals(z, 3)} is not above 0, so of ${came} nothing goes through: ${G("0")}.`;
  const why = open ? `open: ${decimals(z, 3)} &gt; 0, so ${came} goes through.` : bad(`shut, but without a mask ${came} goes through.`);
  return `${why} It meets ${decimals(at.w, digits)}:<br>${decimals(at.dy, digits)} · ${decimals(at.w, digits)} = ${G(decimals(at.product, digits))}, ` +
    "framed below: one of the map’s products.";
}

// What the cell's gradient says of the loss, and what came of it when the cell was made brighter by 0.01.
function homeStep(s, run, all) {
  const k = 32 * s.row + s.column, right = run.right.x[k], got = run.g.x[k], wrong = run.wrong.x[k];
  const d = digitsOfGradient(right), number = decimals(right, d), spoiled = s.spoiled && s.gear !== "mean for sum";
  if (right === 0 && got === 0) return { said: `No way home: dx is ${G("0")}. It ends at ${deadEnd(s, run.right).words}.`, tried: "", ok: true };
  const tried = tryBrighter(s), [before, after, by] = change(run.loss, tried.loss), rose = tried.loss >= run.loss;
  const predicted = right * 0.01, off = Math.abs(tried.loss - run.loss - predicted) > 0.02 * Math.abs(predicted);
  let said = spoiled ? `The spoiled gear says ${wrong ? bad(decimals(got, d)) : G(decimals(got, d))}; right is ${G(number)}. ` : `All add up to ${G(number)}. `;
  said += right === 0 ? "A brighter cell changes nothing." :
    `A cell brighter by 0.01 ${right > 0 ? "raises" : "lowers"} the loss by 0.01 · ${decimals(Math.abs(right), d)} = ${decimals(0.01 * Math.abs(Number(right.toFixed(d))), d + 2)}.`;
  const kink = tried.flips && off ? " A unit opened, shut or lost its window on the way, so it is not the same." : "";
  return { said, tried: `Tried: from ${before} to ${after}, ${rose ? "up" : "down"} by ${by}.${kink}`, ok: !off };
}

// The seven steps as HTML, and the position that is followed; all from one set of gradients, that of the maps.
export function panelOf(s, run) {
  const at = followed(s, run), all = sums(s, run);
  at.pool1 = (s.map * 14 + (at.i >> 1)) * 14 + (at.j >> 1);
  const { list, sum } = productsAtPool1(run, s.map, at.i >> 1, at.j >> 1), first = list.slice(0, 2);
  let digits = digitsOfGradient(Math.min(...[...first, at].map(p => Math.abs(p.product)).filter(Boolean)), 3);
  for (const most = digits + 6; digits < most; digits++) {
    const parts = [...first.map(p => p.product), ...(list.length > 2 ? [sum - first.reduce((t, p) => t + p.product, 0)] : [])];
    const works = [...first, at].every(p => digitsOfProduct(p.dy, p.w, digits, digits) > 0);
    if (works && (!parts.length || digitsOfSum(parts, sum, digits, digits) > 0)) break;
  }
  const home = homeStep(s, run, all);
  return { at, all, home, digits, steps: [
    [1, "loss: p − t", lossStep(s, run)], [2, "fc3, fc2, fc1: Wᵀ·dy", linearStep(s, run)], [3, "pool2", poolStep(s, run)],
    [4, "relu2, conv2", conv2Step(s, run, at, digits)],
    [5, `pool1, window [${s.map}, ${at.i >> 1}, ${at.j >> 1}]`, windowStep(s, run, at, digits)],
    [6, "relu1, conv1", conv1Step(s, run, at, digits)], [7, `home: dx[${s.row}, ${s.column}]`, home.said],
  ] };
}

// One line on what is spoiled, and how far it floods.
export function verdictOf(s, run) {
  if (!s.spoiled) return { wrong: false, said: `<b>Every gear is right.</b> Spoil one, and see which maps it floods. The loss is ${decimals(lossOf(run.a, run.label), 3)}.` };
  if (s.gear === "mean for sum") {
    const k = run.bias[s.layer].reduce((best, v, i, all) => (Math.abs(run.rightBias[s.layer][i]) > Math.abs(run.rightBias[s.layer][best]) ? i : best), 0);
    const [got, right] = [run.bias, run.rightBias].map(db => decimals(db[s.layer][k], digitsOfGradient(db[s.layer][k])));
    return { wrong: true, said: `<b>db of ${s.layer} is wrong</b>: for map ${k} it is ${got}, and ${right} is right. No map is: nothing is computed from a db or a dw, so mistakes in them do not travel.` };
  }
  const cells = grouped(run.counts.x), flooded = ["pool2", "conv2", "pool1", "conv1"].filter(n => run.counts[n]).length;
  const also = flooded ? ", and so is every map from there to the left" : "";
  return { wrong: true, said: `<b>dx is wrong in ${cells} of 1,024 cells</b>${also} (hatched: off by more than 1 % of the largest gradient). Whatever lies to the right of ${s.layer} is right: a spoiled gear spoils the way from there, never the way to it.` };
}
