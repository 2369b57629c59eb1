// The last step in full: 25 windows, the weight that each met, the products, and what the six maps add up to.
import { decimals } from "./canvas.js";
import { digitsOfCells, digitsOfGradient, digitsOfSum, products } from "./wayhome_route.js";

function grid(list, value, digits, kind, at) {
  const cells = list.map(p => {
    if (!p) return '<span class="wh-none"></span>';
    const sends = p.dy !== 0, text = kind !== "w" && !sends ? "0" : decimals(value(p), digits);
    return `<span class="wh-${kind}${sends ? "" : " wh-rest"}${p.cell === at.cell ? " wh-chosen" : ""}">${text}</span>`;
  });
  return `<span class="wh-grid" style="--wide:${Math.max(36, Math.ceil(7 * (digits + 3) + 9))}px">${cells.join("")}</span>`;
}

const block = (badge, kind, title, below, inside) =>
  `<div class="wh-block"><p><b class="wh-badge wh-is-${kind}">${badge}</b> ${title}<br><small>${below}</small></p>${inside}</div>`;

export function stripOf(s, run, { at, all }) {
  const list = products(s, run, s.map), there = list.filter(Boolean), sending = there.filter(p => p.dy !== 0);
  const sum = all.maps[s.map].sum, won = there.filter(p => p.won).length;
  const least = digitsOfGradient(Math.max(0, ...sending.map(p => Math.abs(p.product))), 3);
  const [digits, total] = digitsOfCells(sending.map(p => p.product), sum, least, least + 2), cell = `[${s.row}, ${s.column}]`;
  const words = ["no product", "one product", "two products", "three products", "four products", "five products", "six products", "seven products", "eight products", "nine products"];
  const adds = sending.length ? `add${sending.length === 1 ? "s" : ""} up to ${total < 0 ? "about " : ""}${decimals(sum, total < 0 ? digits : total)}` : "nothing to add up";
  const gone = won - sending.length;
  const some = [won ? `${won} won their pool` : "none won its pool", ...(gone > 0 ? [`${gone} of them shut`] : []), `${there.length - sending.length} get 0`];
  return [
    block("dy", "g", `${there.length} windows used x${cell}`, `map ${s.map}: ${some.join(", ")}`, grid(list, p => p.dy, digits, "dy", at)),
    '<span class="wh-sign">·</span>',
    block("w", "w", "the weight each met", `conv1’s kernel ${s.map}, turned by 180°`, grid(list, p => p.w, 2, "w", at)),
    '<span class="wh-sign">=</span>',
    block("dy·w", "g", words[sending.length] ?? `${sending.length} products`, `${sending.length > 1 ? "they " : sending.length ? "it " : ""}${adds}`, grid(list, p => p.product, digits, "dy", at)),
    `<div class="wh-block wh-maps">${mapsTable(s, run, all)}</div>`,
  ].join("");
}

function mapsTable(s, run, { maps, all }) {
  const most = Math.max(...maps.map(m => Math.abs(m.sum)), 1e-12), d = digitsOfSum(maps.map(m => m.sum), all, digitsOfGradient(all), 16);
  const digits = d < 0 ? 16 : d, k = 32 * s.row + s.column, got = run.g.x[k];
  const least = Math.min(0, ...maps.map(m => m.sum)) / most, range = 1 - least;
  const rows = maps.map(({ sum, sending, windows }, m) => {
    const share = sum / most, left = (Math.min(share, 0) - least) / range, wide = Math.abs(share) / range;
    const bar = `<i class="${sum < 0 ? "wh-down" : "wh-up"}" style="left:${(100 * left).toFixed(1)}%;width:${(100 * wide).toFixed(1)}%"></i>`;
    const zero = `<i class="wh-zero" style="left:${(-100 * least / range).toFixed(1)}%"></i>`;
    return `<tr${m === s.map ? ' class="wh-follow"' : ""}><th scope="row">map ${m}</th><td>${decimals(sum, digits)}</td><td><span class="wh-bar">${bar}${zero}</span></td><td>${sending} of ${windows}</td></tr>`;
  }).join("");
  const flooded = run.counts.conv1 || (s.spoiled && s.layer === "relu1");
  let end = `<tr class="wh-all"><th scope="row">${flooded ? "" : '<span class="wh-check"></span> '}all</th><td>${decimals(all, digits)}</td><td></td><td></td></tr>`;
  if (s.spoiled && s.layer === "conv1" && s.gear !== "mean for sum") {
    end += `<tr><th scope="row"><span class="wh-cross"></span> got</th><td><b class="wh-bad">${decimals(got, digits)}</b></td><td colspan="2">${reason(s)}</td></tr>`;
  }
  return `<p><b>Six maps add up to dx[${s.row}, ${s.column}]</b></p><table><thead><tr><td></td><th scope="col">sum</th><td></td><th scope="col">dy not 0</th></tr></thead><tbody>${rows}${end}</tbody></table>`;
}

// Why the spoiled gear of conv1 gets another number for this cell.
function reason(s) {
  if (s.gear === "kernel turned") return "each dy met the weight opposite to its own";
  const u = Math.min(4, s.row), v = Math.min(4, s.column), used = products(s, { w: { "conv1.weight": [] }, g: { conv1: [] }, winners: [] }, 0).filter(Boolean).length;
  return `= keeps one position alone, w[${u}, ${v}], and drops the other ${used - 1}`;
}
