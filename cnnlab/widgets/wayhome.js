// Chapters 0, 10 and 11: one digit through a trained LeNet, and the gradient of one cell of x on its way back.
import { clip, decimals, number } from "./canvas.js";
import { GEARS, runOf, tryBrighter } from "./wayhome_network.js";
import { change, deadEnd } from "./wayhome_route.js";
import { hit, layoutOf, nearestCell } from "./wayhome_layout.js";
import { coloursOf, drawMaps } from "./wayhome_maps.js";
import { drawWay } from "./wayhome_marks.js";
import { grouped, panelOf, verdictOf } from "./wayhome_panel.js";
import { stripOf } from "./wayhome_strip.js";

const scene = {
  room: 360,
  settle(s) {
    const layers = GEARS[s.gear], k = n => clip(s[n], 0, { digit: 13, row: 31, column: 31, map: 5, spoiled: 1, step: 7 }[n]);
    return { ...Object.fromEntries(["digit", "row", "column", "map", "spoiled", "step"].map(n => [n, k(n)])),
      layer: layers.includes(s.layer) ? s.layer : layers[s.layer.includes("2") ? 1 : 0] };
  },
  move: (s, right, down) => ({ row: s.row + down, column: s.column + right }),
  press: s => ({ spoiled: 1 - s.spoiled }),
  pick: (s, x, y, width) => hit(layoutOf(width), x, y),

  caption(s) {
    const run = runOf(s), k = 32 * s.row + s.column, cell = `[${s.row}, ${s.column}]`, dx = run.right.x[k];
    let said = `A handwritten ${run.label}, and the network says ${run.answer} (p = ${run.a.p[run.answer].toFixed(2)}). ` +
      `x${cell} = ${run.a.x[k].toFixed(2)}; dx${cell} = ${number(dx)}: `;
    if (dx === 0) said += `it has no way home. The gradient ends at ${deadEnd(s, run.right).words}.`;
    else {
      const [before, after, by] = change(run.loss, tryBrighter(s).loss);
      said += `brighter by 0.01, it ${dx > 0 ? "raises" : "lowers"} the loss by ${number(Math.abs(dx) * 0.01)}. Tried: from ${before} to ${after}, by ${by}.`;
    }
    if (!s.spoiled) return said;
    said += ` Spoiled, ${s.gear} in ${s.layer}: `;
    if (s.gear === "mean for sum") return `${said}its db is wrong, and no map is; mistakes in db and dw do not travel.`;
    return `${said}dx is wrong in ${grouped(run.counts.x)} of 1,024 cells; here it says ${number(run.g.x[k])}.`;
  },
};

const element = (tag, className, properties = {}) => Object.assign(document.createElement(tag), { className, ...properties });

// The parts of the page, empty.
function makeParts(model) {
  const root = element("div", "cnnlab-widget wh"), bar = element("div", "cnnlab-bar wh-bar-top"), body = element("div", "wh-body");
  const left = element("div", "wh-left"), scroll = element("div", "cnnlab-stage wh-scroll"), canvas = element("canvas", "cnnlab-canvas", { tabIndex: 0 });
  const verdict = element("p", "wh-verdict"), strip = element("div", "wh-strip"), panel = element("div", "wh-panel");
  const way = element("p", ""), list = element("ol", ""), steps = Array.from({ length: 7 }, () => element("li", ""));
  list.append(...steps);
  panel.append(way, list);
  const caption = element("p", "cnnlab-caption"), keys = element("p", "cnnlab-keys", { textContent: model.get("_keys") });
  const attributes = { role: "application", "aria-roledescription": "interactive picture", "aria-label": `${model.get("_label")} ${model.get("_keys")}` };
  Object.entries(attributes).forEach(([n, v]) => canvas.setAttribute(n, v));
  caption.setAttribute("aria-live", "polite");
  scroll.append(canvas);
  left.append(scroll, verdict, strip);
  body.append(left, panel);
  const title = element("p", "wh-title");
  root.append(title, bar, body, caption, keys);
  return { root, title, bar, scroll, canvas, verdict, strip, way, steps, caption };
}

// Image, four switches of which one can be on, the layer, and the legend.
function fillBar(bar, data, change) {
  const images = element("select", ""), layers = element("select", ""), group = element("div", "wh-gears");
  data.labels.forEach((label, k) => images.append(element("option", "", { value: k, textContent: `${label}${k < 4 ? ", misread" : ""}` })));
  const first = element("label", "", { textContent: "image " }), second = element("label", "", { textContent: "in " });
  first.append(images);
  second.append(layers);
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "Spoil a gear");
  const switches = Object.keys(GEARS).map(gear => {
    const button = element("button", "wh-switch", { type: "button", innerHTML: `<i></i>${gear}` });
    button.setAttribute("role", "switch");
    button.addEventListener("click", event => change(s => ({ gear, spoiled: s.spoiled && s.gear === gear ? 0 : 1 }), event));
    return button;
  });
  group.append(element("b", "", { textContent: "Spoil a gear" }), ...switches, second);
  const legend = element("span", "wh-legend", { innerHTML:
    '<i class="wh-is-x"></i>x <i class="wh-is-y"></i>y <i class="wh-is-w"></i>w <i class="wh-up"></i>gradient above 0 <i class="wh-down"></i>below 0 <i class="wh-cross"></i>wrong' });
  bar.append(first, group, legend);
  images.addEventListener("change", event => change(() => ({ digit: Number(images.value) }), event));
  layers.addEventListener("change", event => change(() => ({ layer: layers.value }), event));
  let options = "";
  return s => {
    if (options !== s.gear) layers.replaceChildren(...GEARS[options = s.gear].map(l => element("option", "", { value: l, textContent: l })));
    images.value = s.digit;
    layers.value = s.layer;
    switches.forEach((b, k) => b.setAttribute("aria-checked", String(Boolean(s.spoiled) && Object.keys(GEARS)[k] === s.gear)));
  };
}

// The colours of the meanings, for the words and grids around the canvas.
function setColours(root, { fill, line }, dark) {
  root.classList.toggle("wh-dark", dark);
  for (const name of ["x", "w", "y", "above"]) root.style.setProperty(`--${name}`, fill[name]);
  for (const name of ["below", "right", "wrong"]) root.style.setProperty(`--${name}`, line[name]);
}

function render({ model, el }) {
  const names = model.get("_names"), parts = makeParts(model), { root, canvas, scroll } = parts;
  const state = () => Object.assign(Object.fromEntries(names.map(n => [n, model.get(n)])), { data: model.get("data") });
  let frame = 0, since = 0, layout, loupe = null, themed = null;
  const write = (node, html) => { if (node.shown !== html) node.innerHTML = node.shown = html; };
  const showBar = fillBar(parts.bar, model.get("data"), (make, event) => set(make(state()), event));
  el.append(root);

  function draw() {
    frame = 0;
    const s = state(), run = runOf(s), style = getComputedStyle(root), dense = window.devicePixelRatio || 1;
    const dark = style.color.match(/[\d.]+/g).slice(0, 3).reduce((t, v) => t + Number(v), 0) > 382;
    const room = Math.max(1, root.clientWidth), size = parseFloat(style.fontSize), colours = coloursOf(dark);
    root.classList.toggle("wh-wide", room >= 1100);
    if (themed !== dark) setColours(root, colours, themed = dark);
    layout = layoutOf((scroll.clientWidth || 908) - 8); // without the padding of the stage
    const { color, fontFamily } = style; // read here: once words are written, each reading lays the page out again
    const pixels = [Math.round(layout.wide * dense), Math.round(layout.high * dense)];
    if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) [canvas.width, canvas.height] = pixels;
    Object.assign(canvas.style, { width: `${layout.wide}px`, height: `${layout.high}px` });
    const p = canvas.getContext("2d");
    p.setTransform(dense, 0, 0, dense, 0, 0);
    p.clearRect(0, 0, layout.wide, layout.high);
    const text = (words, x, y, { align = "left", bold = false, size = 11, faint = false, colour = color } = {}) => {
      Object.assign(p, { fillStyle: colour, font: `${bold ? "600 " : ""}${size}px ${fontFamily}`, textAlign: align, textBaseline: "middle", globalAlpha: faint ? 0.78 : 1 });
      p.fillText(words, x, y);
      p.globalAlpha = 1;
    };
    const look = { ink: color, colours, dark, dense, text };
    drawMaps(p, s, run, layout, look);
    drawWay(p, s, run, layout, look, loupe);
    const panel = panelOf(s, run), verdict = verdictOf(s, run), k = 32 * s.row + s.column;
    panel.steps.forEach(([step, title, said], k) => {
      parts.steps[k].classList.toggle("wh-lit", step === s.step);
      write(parts.steps[k], `<b>${title}</b><br>${said}${step === 7 && panel.home.tried ? `<span class="wh-tried"><span class="${panel.home.ok ? "wh-check" : "wh-near"}"></span>${panel.home.tried}</span>` : ""}`);
    });
    write(parts.title, `<b>The way home</b> <span>A handwritten ${run.label}, and the network says ${run.answer}. What would one brighter cell change, and which way does the answer come back?</span>`);
    write(parts.way, `<small>The gradient’s way to</small><br><code>x[${s.row}, ${s.column}] = ${decimals(run.a.x[k], 2)}</code>`);
    write(parts.verdict, `<span class="${verdict.wrong ? "wh-cross" : "wh-check"}"></span><span>${verdict.said}</span>`);
    write(parts.strip, stripOf(s, run, panel));
    const words = scene.caption(s);
    if (parts.caption.textContent !== words) parts.caption.textContent = words;
    const lines = Math.ceil((scene.room * size * 0.56) / room);
    parts.caption.style.minHeight = `${lines * 1.5 * size}px`; // for the longest, so that the page below does not move
    showBar(s);
    if (since) canvas.dataset.milliseconds = (performance.now() - since).toFixed(1);
    since = 0;
  }
  const redraw = () => { frame ||= requestAnimationFrame(draw); };

  function set(changes, event) {
    if (!changes) return;
    since ||= event?.timeStamp ?? 0;
    const next = { ...state(), ...changes };
    Object.assign(next, scene.settle(next));
    const changed = names.filter(n => next[n] !== model.get(n));
    changed.forEach(n => model.set(n, next[n]));
    try { model.save_changes(); } catch { /* the kernel is gone; the picture is not */ }
    redraw();
  }

  listen(parts, { state, set, layout: () => layout, loupe: at => { loupe = at; redraw(); } });
  const events = [...names, "data"].map(n => `change:${n}`);
  events.forEach(e => model.on(e, redraw));
  const sizes = new ResizeObserver(redraw), theme = new MutationObserver(() => { redraw(); setTimeout(redraw, 300); });
  sizes.observe(root);
  theme.observe(document.body, { attributes: true });
  window.addEventListener("resize", redraw); // also where a zoom leaves the column as wide as it was
  set({});
  draw();
  draw(); // the first one may have moved the panel, and with it the width of the rows
  return () => {
    cancelAnimationFrame(frame);
    events.forEach(e => model.off(e, redraw));
    window.removeEventListener("resize", redraw);
    sizes.disconnect();
    theme.disconnect();
  };
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// Keys, mouse and touch. A finger that starts on x moves the cell; anywhere else it scrolls the page.
function listen({ root, canvas }, { state, set, layout, loupe }) {
  canvas.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const s = state(), arrow = ARROWS[event.key], page = { PageUp: -1, PageDown: 1 }[event.key];
    const changes = arrow ? scene.move(s, ...arrow) : page ? { map: s.map + page }
      : event.key === " " ? scene.press(s) : /^[1-7]$/.test(event.key) ? { step: s.step === Number(event.key) ? 0 : Number(event.key) } : null;
    if (!changes) return;
    event.preventDefault();
    set(changes, event);
  });
  root.addEventListener("keydown", event => {
    const leaves = event.ctrlKey || event.metaKey || event.altKey || ["Escape", "Tab"].includes(event.key) || (event.shiftKey && event.key === "Enter");
    if (!leaves) event.stopPropagation();
  });
  const at = event => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  let dragging = false;
  const end = () => { dragging = false; loupe(null); };
  canvas.addEventListener("touchstart", event => {
    if (event.touches.length === 1 && "row" in (hit(layout(), ...at(event.touches[0])) ?? {})) event.preventDefault();
  }, { passive: false });
  canvas.addEventListener("pointerdown", event => {
    if (event.button) return;
    canvas.focus({ preventScroll: true });
    const found = hit(layout(), ...at(event));
    if (!found) return;
    dragging = "row" in found;
    if (dragging && event.isTrusted) canvas.setPointerCapture(event.pointerId);
    if (dragging && event.pointerType === "touch") loupe(at(event));
    set(found, event);
  });
  canvas.addEventListener("pointermove", event => {
    if (dragging) {
      if (event.pointerType === "touch") loupe(at(event));
      return set(nearestCell(layout(), ...at(event)), event);
    }
    const found = hit(layout(), ...at(event));
    if (found?.step && event.pointerType === "mouse" && found.step !== state().step) set(found, event);
  });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, end);
}

export { scene };
export default { render };
