// What a scene draws with, how wide words are, and how blocks are laid out in the width that there is.

// Meaning -> [fill, line on a light page, line on a dark page], as in cnnlab/colours.py; a test compares the two.
export const COLOURS = {
  x: ["#56B4E9", "#2585BE", "#56B4E9"],
  w: ["#E69F00", "#A66F00", "#E69F00"],
  y: ["#009E73", "#008A64", "#1DB38A"],
  above: ["#CC79A7", "#B5588B", "#CC79A7"],
  below: ["#5D3F92", "#5D3F92", "#A58BDB"],
  right: ["#0072B2", "#0072B2", "#3C9FDB"],
  wrong: ["#D55E00", "#C85700", "#F07A22"],
  unwritten: ["#808080", "#757575", "#9A9A9A"],
};
export const [SKY, ORANGE, GREEN, PINK, PURPLE, BLUE, RED, GREY] = Object.values(COLOURS).map(([fill]) => fill);
export const SMALLEST = 11; // pixels, of text
const FAINTEST = 0.8; // of a line in a meaning's colour: it still has 3 : 1 with the page
const LINES = Object.fromEntries(Object.values(COLOURS).map(([fill, light, dark]) => [fill, [light, dark]]));

// The colour of a gradient: pink above 0, purple below.
export const signed = value => (value < 0 ? PURPLE : PINK);

let ruler = null, family = "system-ui, sans-serif"; // Node has no canvas: there a letter is taken as 0.56 of its size
const fontOf = (size, bold) => `${bold ? "600 " : ""}${size}px ${family}`;
const widths = new Map(); // of words, by font
export function measure(words, { size = 12, bold = false } = {}) {
  if (typeof document === "undefined") return String(words).length * Math.max(SMALLEST, size) * 0.56;
  const font = fontOf(Math.max(SMALLEST, size), bold), key = `${font}|${words}`;
  if (!widths.has(key)) {
    if (widths.size > 5000) widths.clear();
    ruler ??= document.createElement("canvas").getContext("2d");
    ruler.font = font;
    widths.set(key, ruler.measureText(words).width);
  }
  return widths.get(key);
}

// The lines into which words fall in this width.
export function wrap(words, width, look = {}) {
  return String(words).split(" ").reduce((lines, word) => {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && measure(longer, look) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
    return lines;
  }, []);
}

// Blocks from left to right, and in a new line where the width ends. blocks: { name: [width, height] }.
// Returns { name: [x, y] }, and width and height of all as .size.
export function flow(blocks, width, gap = 24, top = 0) {
  let x = 0, y = top, high = 0, most = 0;
  const places = {};
  for (const [name, [wide, tall]] of Object.entries(blocks)) {
    if (x && x + wide > width) [x, y, high] = [0, y + high + gap, 0];
    places[name] = [x, y];
    [x, high, most] = [x + wide + gap, Math.max(high, tall), Math.max(most, x + wide)];
  }
  return { ...places, size: [most, y + high] };
}

const LIGHT = value => { // from 0 to 1, how light a colour is
  const parts = value.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0];
  return (0.299 * parts[0] + 0.587 * parts[1] + 0.114 * parts[2]) / 255;
};

// The pen. Fills are let through, so that one colour does on a light page and on a dark one; lines and frames in a
// meaning's colour are drawn in its shade for the page, and text is never smaller than 11 pixels or too faint to read.
export function pen(context, style, width) {
  const ink = style.color, dark = LIGHT(ink) > 0.5;
  family = style.fontFamily;
  const shade = colour => LINES[colour]?.[dark ? 1 : 0] ?? colour;
  const set = (looks, alpha = 1) => Object.assign(context, looks, { globalAlpha: alpha });
  const strong = (colour, alpha) => (LINES[colour] ? Math.max(FAINTEST, alpha) : alpha);
  const p = {
    context, ink, dark, width, shade, page: dark ? "#111" : "#fff", measure,
    text(words, x, y, { size = 12, align = "left", bold = false, colour = ink, alpha = 1, most, halo = false } = {}) {
      const font = { size: Math.max(SMALLEST, size), bold };
      words = String(words);
      if (most && measure(words, font) > most) {
        while (words.length > 1 && measure(`${words}…`, font) > most) words = words.slice(0, -1);
        words += "…";
      }
      set({ fillStyle: colour, font: fontOf(font.size, bold), textAlign: align, textBaseline: "middle" }, alpha && Math.max(0.75, alpha));
      if (halo) { // for a number that lines pass behind
        Object.assign(context, { strokeStyle: dark ? "#222" : "#fff", lineWidth: 3, lineJoin: "round" });
        context.strokeText(words, x, y);
      }
      context.fillText(words, x, y);
      context.globalAlpha = 1;
    },
    // Words in as many lines as the width asks for; returns the height of them all.
    words(words, x, y, { width: wide = width - x, high = 18, ...look } = {}) {
      const lines = wrap(words, wide, look);
      lines.forEach((line, k) => p.text(line, x, y + high * (k + 0.5), look));
      return lines.length * high;
    },
    box(x, y, wide, high, { fill, alpha = 0.4, edge = ink, thick = 1, dash = [], faint = 1 } = {}) {
      if (fill) {
        set({ fillStyle: fill }, alpha);
        context.fillRect(x, y, wide, high);
      }
      if (edge && thick) {
        set({ strokeStyle: shade(edge), lineWidth: thick }, faint);
        context.setLineDash(dash);
        context.strokeRect(x + thick / 2, y + thick / 2, wide - thick, high - thick);
        context.setLineDash([]);
      }
      context.globalAlpha = 1;
    },
    cell(x, y, side, { text, size, bold, ...look } = {}) {
      p.box(x + 1, y + 1, side - 2, side - 2, { faint: 0.35, ...look });
      if (text !== undefined && text !== "") p.text(text, x + side / 2, y + side / 2 + 0.5, { size: size ?? Math.min(13, side * 0.42), align: "center", bold });
    },
    // The hatching of what is wrong, or in another colour of what is out of reach.
    hatch(x, y, wide, high, { colour = RED, gap = 6, thick = 1.5, alpha = 1 } = {}) {
      context.save();
      context.beginPath();
      context.rect(x, y, wide, high);
      context.clip();
      const lines = range(Math.ceil((wide + high) / gap)).map(n => n * gap - high);
      p.lines(lines.map(k => [[x + k, y + high], [x + k + high, y]]), { colour, thick, alpha });
      context.restore();
    },
    line: (points, look) => p.lines([points], look),
    // Many lines of one look as one path: that is drawn much faster than one after the other.
    lines(pieces, { colour = ink, thick = 1.5, dash = [], alpha = 1 } = {}) {
      set({ strokeStyle: shade(colour), lineWidth: thick, lineJoin: "round" }, strong(colour, alpha));
      context.setLineDash(dash);
      context.beginPath();
      for (const points of pieces) points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
      context.stroke();
      context.setLineDash([]);
      context.globalAlpha = 1;
    },
    dot: (x, y, radius, look) => p.dots([[x, y]], radius, look),
    dots(places, radius, { fill = ink, edge = ink } = {}) {
      set({ fillStyle: shade(fill), strokeStyle: shade(edge), lineWidth: 1.5 });
      context.beginPath();
      for (const [x, y] of places) {
        context.moveTo(x + radius, y);
        context.arc(x, y, radius, 0, 2 * Math.PI);
      }
      context.fill();
      context.stroke();
    },
    // The mark of what is right, a check mark on a blue disc; and of what is wrong, a cross in a hatched square.
    right(x, y, radius = 8) {
      p.dot(x, y, radius, { fill: BLUE, edge: BLUE });
      p.line([[-0.45, 0.05], [-0.1, 0.4], [0.5, -0.35]].map(([a, b]) => [x + a * radius, y + b * radius]), { colour: dark ? "#000" : "#fff", thick: radius / 4 });
    },
    wrong(x, y, radius = 8) {
      p.hatch(x - radius, y - radius, 2 * radius, 2 * radius, { gap: 4, thick: 1, alpha: 0.7 });
      p.box(x - radius, y - radius, 2 * radius, 2 * radius, { edge: RED, thick: 1.5 });
      for (const side of [1, -1]) p.line([[x - 0.45 * radius, y - 0.45 * radius * side], [x + 0.45 * radius, y + 0.45 * radius * side]], { thick: 2 });
    },
    // bend: by how many pixels the middle of the arrow lies to the left of the straight way.
    arrow: (x0, y0, x1, y1, look) => p.arrows([[x0, y0, x1, y1]], look),
    arrows(places, { colour = ink, thick = 2, alpha = 1, dash = [], bend = 0 } = {}) {
      const head = 4 + 2 * thick, heads = new Path2D();
      set({ strokeStyle: shade(colour), fillStyle: shade(colour), lineWidth: thick }, strong(colour, alpha));
      context.setLineDash(dash);
      context.beginPath();
      for (const [x0, y0, x1, y1] of places) {
        const length = Math.hypot(x1 - x0, y1 - y0) || 1;
        const mx = (x0 + x1) / 2 + (2 * bend * (y1 - y0)) / length, my = (y0 + y1) / 2 - (2 * bend * (x1 - x0)) / length;
        const turn = bend ? Math.atan2(y1 - my, x1 - mx) : Math.atan2(y1 - y0, x1 - x0);
        const end = [x1 - head * Math.cos(turn), y1 - head * Math.sin(turn)];
        context.moveTo(x0, y0);
        if (bend) context.quadraticCurveTo(mx, my, ...end); else context.lineTo(...end);
        heads.moveTo(x1, y1);
        for (const side of [0.42, -0.42]) heads.lineTo(x1 - head * Math.cos(turn + side), y1 - head * Math.sin(turn + side));
      }
      context.stroke();
      context.setLineDash([]);
      context.fill(heads);
      context.globalAlpha = 1;
    },
  };
  return p;
}

// x as people write it: so many digits, and no zeros behind that say nothing. The Python side has the same.
export function number(x, digits = 3) {
  if (x === 0 || !Number.isFinite(x)) return x === 0 ? "0" : String(x);
  const [mantissa, exponent] = x.toExponential(digits - 1).split("e");
  const short = m => (m.includes(".") ? m.replace(/\.?0+$/, "") : m);
  if (Number(exponent) < -3 || Number(exponent) >= 6) return `${short(mantissa)}e${Number(exponent)}`.replace("-", "−").replace("e-", "e−");
  return short(x.toFixed(Math.max(0, digits - 1 - Number(exponent)))).replace("-", "−");
}

// x with so many decimals and a true minus sign, never −0; decimals() in Python.
export function decimals(x, places = 2) {
  const words = x.toFixed(places);
  return (Number(words) === 0 ? words.replace("-", "") : words).replace("-", "−");
}

export const clip = (x, least, most) => Math.max(least, Math.min(most, x));
export const range = n => Array.from({ length: Math.max(0, n) }, (_, i) => i);
// -1 with a true minus sign
export const whole = n => String(n).replace("-", "−");
