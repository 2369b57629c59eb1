// The frame around every interactive picture: controls above, a canvas, a caption below; keyboard, mouse and theme.
// A picture is a plain object, its scene:
//   size(s)        -> [width, height] in pixels
//   draw(pen, s)   draws the state s
//   caption(s)     -> what is to be seen, in words
//   move(s, right, down), press(s), pick(s, x, y)  -> what an arrow key, Space or a click at (x, y) changes, or nothing
//   settle(s)      -> what has to change so that s exists, such as a cell outside a grid that has shrunk
// Nothing here asks the kernel: a picture that is on the page goes on working without it.

export const BLUE = "#0072b2", ORANGE = "#e69f00", GREEN = "#009e73", SKY = "#56b4e9", PINK = "#cc79a7", RED = "#d55e00";

export function mount(scene) {
  return {
    render({ model, el }) {
      const names = model.get("_names");
      const root = make("div", { className: "cnnlab-widget" });
      const bar = make("div", { className: "cnnlab-bar" });
      const canvas = make("canvas", { tabIndex: 0, className: "cnnlab-canvas" });
      const said = make("p", { className: "cnnlab-caption" });
      const keys = make("p", { className: "cnnlab-keys", textContent: model.get("_keys") });
      canvas.setAttribute("role", "application");
      canvas.setAttribute("aria-roledescription", "interactive picture");
      canvas.setAttribute("aria-label", `${model.get("_label")} ${model.get("_keys")}`);
      said.setAttribute("aria-live", "polite");
      root.append(bar, canvas, said, keys);
      el.append(root);

      const state = () => Object.assign(Object.fromEntries(names.map(n => [n, model.get(n)])), { data: model.get("data") });
      const ask = () => { try { model.send("look"); } catch { /* the kernel is gone */ } };
      if (model.get("_controls").some(c => c.kind === "ask")) root.addEventListener("pointerenter", ask);
      const controls = model.get("_controls").map(c => control(c, change, state, scene, ask));
      bar.append(...controls.map(c => c.element));

      let frame = 0, scale = 1, since = 0;
      function draw() {
        frame = 0;
        const s = state(), [width, height] = scene.size(s), dense = window.devicePixelRatio || 1;
        scale = Math.min(1, (root.clientWidth || width) / width);
        const pixels = [Math.round(width * scale * dense), Math.round(height * scale * dense)];
        if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) [canvas.width, canvas.height] = pixels;
        canvas.style.width = `${width * scale}px`;
        canvas.style.height = `${height * scale}px`;
        const context = canvas.getContext("2d");
        context.setTransform(scale * dense, 0, 0, scale * dense, 0, 0);
        context.clearRect(0, 0, width, height);
        scene.draw(pen(context, getComputedStyle(root)), s);
        controls.forEach(c => c.show(s));
        const words = scene.caption(s);
        if (said.textContent !== words) said.textContent = words;
        if (since) canvas.dataset.milliseconds = (performance.now() - since).toFixed(1);
        since = 0;
      }
      const redraw = () => { frame ||= requestAnimationFrame(draw); };

      function change(changes, event) {
        if (!changes) return;
        since ||= event?.timeStamp ?? 0;
        const next = { ...state(), ...changes };
        Object.assign(next, scene.settle?.(next));
        for (const n of names) if (JSON.stringify(next[n]) !== JSON.stringify(model.get(n))) model.set(n, next[n]);
        try { model.save_changes(); } catch { /* the kernel is gone; the picture is not */ }
        redraw();
      }

      const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
      canvas.addEventListener("keydown", event => {
        const arrow = ARROWS[event.key];
        if (event.ctrlKey || event.metaKey || event.altKey || !(arrow || event.key === " ")) return;
        event.preventDefault();
        change(arrow ? scene.move?.(state(), ...arrow) : scene.press?.(state()), event);
      });
      // The notebook around us would take plain keys for its own commands, arrows first of all.
      root.addEventListener("keydown", event => {
        const leaves = event.ctrlKey || event.metaKey || event.altKey || ["Escape", "Tab"].includes(event.key) ||
          (event.shiftKey && event.key === "Enter");
        if (!leaves) event.stopPropagation();
      });
      const at = event => {
        const box = canvas.getBoundingClientRect();
        change(scene.pick?.(state(), (event.clientX - box.left) / scale, (event.clientY - box.top) / scale), event);
      };
      canvas.addEventListener("pointerdown", event => { canvas.focus(); at(event); });
      canvas.addEventListener("pointermove", event => { if (event.buttons & 1) at(event); });

      const events = [...names, "data"].map(n => `change:${n}`);
      events.forEach(e => model.on(e, redraw));
      const sizes = new ResizeObserver(redraw), theme = new MutationObserver(() => { redraw(); setTimeout(redraw, 300); });
      sizes.observe(root);
      theme.observe(document.body, { attributes: true });
      change({});
      draw();
      return () => {
        cancelAnimationFrame(frame);
        events.forEach(e => model.off(e, redraw));
        controls.forEach(c => c.leave?.());
        sizes.disconnect();
        theme.disconnect();
      };
    },
  };
}

function make(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}

// A slider, a choice or a play button, as the Python side describes it. show(s): bring it to the state s.
function control({ kind, name, label, least, most, options }, change, state, scene, ask) {
  if (kind === "play") {
    let timer = 0;
    const button = make("button", { type: "button", textContent: label });
    const stop = () => { clearInterval(timer); timer = 0; button.textContent = label; };
    button.addEventListener("click", () => {
      if (timer) return stop();
      button.textContent = "Stop";
      timer = setInterval(() => {
        const next = button.isConnected && scene.play(state());
        if (next) change(next); else stop();
      }, 250);
    });
    return { element: button, show() {}, leave: stop };
  }
  if (kind === "ask") {
    const button = make("button", { type: "button", textContent: label });
    button.addEventListener("click", ask);
    return { element: button, show() {} };
  }
  const element = make("label", { textContent: `${label} ` });
  if (kind === "choice") {
    const select = make("select", {});
    select.append(...options.map(o => make("option", { value: o, textContent: o })));
    select.addEventListener("change", event => change({ [name]: select.value }, event));
    element.append(select);
    return { element, show: s => { select.value = s[name]; } };
  }
  const slider = make("input", { type: "range", min: least, max: most, step: 1 }), value = make("output", {});
  slider.addEventListener("input", event => change({ [name]: Number(slider.value) }, event));
  element.append(slider, value);
  return { element, show: s => { slider.value = s[name]; value.textContent = scene.says?.[name]?.(s) ?? s[name]; } };
}

// What a scene draws with. Fills are let through by half, so that one colour does on a light page and on a dark one.
function pen(context, style) {
  const ink = style.color;
  const font = (size, bold) => `${bold ? "600 " : ""}${size}px ${style.fontFamily}`;
  const p = {
    context, ink,
    text(words, x, y, { size = 12, align = "left", bold = false, colour = ink, alpha = 1 } = {}) {
      Object.assign(context, { fillStyle: colour, font: font(size, bold), textAlign: align, textBaseline: "middle" });
      context.globalAlpha = alpha;
      context.fillText(words, x, y);
      context.globalAlpha = 1;
    },
    box(x, y, width, height, { fill, alpha = 0.4, edge = ink, thick = 1, dash = [], faint = 1 } = {}) {
      if (fill) {
        Object.assign(context, { fillStyle: fill, globalAlpha: alpha });
        context.fillRect(x, y, width, height);
      }
      if (edge && thick) {
        Object.assign(context, { strokeStyle: edge, lineWidth: thick, globalAlpha: faint });
        context.setLineDash(dash);
        context.strokeRect(x + thick / 2, y + thick / 2, width - thick, height - thick);
        context.setLineDash([]);
      }
      context.globalAlpha = 1;
    },
    cell(x, y, side, { text, size, bold, ...look } = {}) {
      p.box(x + 1, y + 1, side - 2, side - 2, { faint: 0.35, ...look });
      if (text !== undefined && text !== "") {
        p.text(text, x + side / 2, y + side / 2 + 0.5, { size: size ?? Math.min(12, side * 0.42), align: "center", bold });
      }
    },
    line(points, { colour = ink, thick = 1.5, dash = [], alpha = 1 } = {}) {
      Object.assign(context, { strokeStyle: colour, lineWidth: thick, globalAlpha: alpha, lineJoin: "round" });
      context.setLineDash(dash);
      context.beginPath();
      points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
      context.stroke();
      context.setLineDash([]);
      context.globalAlpha = 1;
    },
    dot(x, y, radius, { fill = ink, edge = ink } = {}) {
      Object.assign(context, { fillStyle: fill, strokeStyle: edge, lineWidth: 1.5 });
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.fill();
      context.stroke();
    },
    arrow(x0, y0, x1, y1, { colour = ink, thick = 2, alpha = 1, dash = [] } = {}) {
      const turn = Math.atan2(y1 - y0, x1 - x0), head = 4 + 2 * thick;
      p.line([[x0, y0], [x1 - head * Math.cos(turn), y1 - head * Math.sin(turn)]], { colour, thick, alpha, dash });
      Object.assign(context, { fillStyle: colour, globalAlpha: alpha });
      context.beginPath();
      context.moveTo(x1, y1);
      for (const side of [0.42, -0.42]) context.lineTo(x1 - head * Math.cos(turn + side), y1 - head * Math.sin(turn + side));
      context.fill();
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

export const clip = (x, least, most) => Math.max(least, Math.min(most, x));
export const range = n => Array.from({ length: Math.max(0, n) }, (_, i) => i);
// -1 with a true minus sign
export const whole = n => String(n).replace("-", "−");
