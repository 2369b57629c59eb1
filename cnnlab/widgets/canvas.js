// The frame around every interactive picture: controls above, a canvas, a caption below; keyboard, mouse, touch and theme.
// A picture is a plain object, its scene:
//   size(s, width) -> [width, height] in pixels, in a column of this width; what is wider can be scrolled sideways
//   draw(pen, s)   draws the state s; pen.width is the width of the column
//   caption(s)     -> what is to be seen, in words
//   room           the length of its longest caption in letters, so that the page below does not move; may be left out
//   move(s, right, down), press(s), key(s, key)  -> what an arrow key, Space or another key changes, or nothing
//   pick(s, x, y, width)  -> what a click or tap at (x, y) changes, or nothing
//   drag(s, x, y, width)  -> the same while the button is held; without it pick is asked, and with drag: null nothing is
//   settle(s)      -> what has to change so that s exists, such as a cell outside a grid that has shrunk
//   moving(s, pen) -> whether the picture has to be drawn again at the next frame; for what turns by itself
//   link(s)        -> the learner file that the chosen thing stands in: { address, file, more }, as in file_link.js
//   play(s), pace  -> the next state after Play was pressed, or nothing; and how many milliseconds later, usually 250
// Nothing here asks the kernel: a picture that is on the page goes on working without it.
import { COLOURS, BLUE, ORANGE, GREEN, SKY, PINK, PURPLE, RED, GREY, SMALLEST, signed, measure, wrap, flow, pen, number, decimals, clip, range, whole } from "./pen.js";
import { makeFileLink } from "./file_link.js";

export { COLOURS, BLUE, ORANGE, GREEN, SKY, PINK, PURPLE, RED, GREY, SMALLEST, signed, measure, wrap, flow, pen, number, decimals, clip, range, whole };

const NARROWEST = 280; // pixels; in a narrower column the picture is scrolled sideways
// Whether the reader has asked for less motion: then nothing turns or glides, and Play goes on slowly.
export const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export function mount(scene) {
  return {
    render({ model, el }) {
      const names = model.get("_names");
      const root = make("div", { className: "cnnlab-widget" });
      const bar = make("div", { className: "cnnlab-bar" });
      const stage = make("div", { className: "cnnlab-stage" });
      const canvas = make("canvas", { tabIndex: 0, className: "cnnlab-canvas" });
      const said = make("p", { className: "cnnlab-caption" });
      const keys = make("p", { className: "cnnlab-keys", textContent: model.get("_keys") });
      canvas.setAttribute("role", "application");
      canvas.setAttribute("aria-roledescription", "interactive picture");
      canvas.setAttribute("aria-label", `${model.get("_label")} ${model.get("_keys")}`);
      said.setAttribute("aria-live", "polite");
      stage.append(canvas);
      const file = scene.link && makeFileLink();
      root.append(bar, stage, said, ...(file ? [file.element] : []), keys);
      el.append(root);

      const state = () => Object.assign(Object.fromEntries(names.map(n => [n, model.get(n)])), { data: model.get("data") });
      const ask = () => { try { model.send("look"); } catch { /* the kernel is gone */ } };
      if (model.get("_controls").some(c => c.kind === "ask")) root.addEventListener("pointerenter", ask);
      const controls = model.get("_controls").map(c => control(c, change, state, scene, ask));
      bar.append(...controls.map(c => c.element));

      let frame = 0, since = 0, reserved = 0;
      const column = () => Math.max(NARROWEST, (stage.clientWidth || 728) - 8); // without the padding of the stage
      function draw() {
        frame = 0;
        const s = state(), available = column(), dense = window.devicePixelRatio || 1;
        const style = getComputedStyle(root), context = canvas.getContext("2d");
        const tool = pen(context, style, available), [width, height] = scene.size(s, available);
        const pixels = [Math.round(width * dense), Math.round(height * dense)];
        if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) [canvas.width, canvas.height] = pixels;
        canvas.style.width = `${width}px`;
        canvas.style.height = `${height}px`;
        canvas.style.touchAction = width > available ? "pan-x pan-y" : "pan-y";
        context.setTransform(dense, 0, 0, dense, 0, 0);
        context.clearRect(0, 0, width, height);
        scene.draw(tool, s);
        if (scene.moving?.(s, tool)) redraw();
        controls.forEach(c => c.show(s));
        const words = scene.caption(s);
        if (said.textContent !== words) said.textContent = words;
        file?.show(scene.link(s));
        if (reserved !== root.clientWidth) said.style.minHeight = roomFor(words, style);
        said.style.minHeight = `${Math.max(said.offsetHeight, parseFloat(said.style.minHeight) || 0)}px`;
        reserved = root.clientWidth;
        if (since) canvas.dataset.milliseconds = (performance.now() - since).toFixed(1);
        since = 0;
      }
      // The height of the longest caption in this width, so that nothing below moves while a key is held.
      function roomFor(words, style) {
        if (!scene.room) return "";
        const size = parseFloat(style.fontSize), wide = measure(words, { size }) / Math.max(1, words.length);
        return `${Math.ceil((scene.room * wide * 1.05) / Math.max(1, said.clientWidth)) * 1.5 * size}px`;
      }
      const redraw = () => { frame ||= requestAnimationFrame(draw); };

      const changes = (s, wanted) => {
        const next = { ...s, ...wanted };
        Object.assign(next, scene.settle?.(next));
        return Object.fromEntries(names.filter(n => JSON.stringify(next[n]) !== JSON.stringify(s[n])).map(n => [n, next[n]]));
      };
      function change(wanted, event) {
        if (!wanted) return;
        since ||= event?.timeStamp ?? 0;
        for (const [name, value] of Object.entries(changes(state(), wanted))) model.set(name, value);
        try { model.save_changes(); } catch { /* the kernel is gone; the picture is not */ }
        redraw();
      }

      const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
      canvas.addEventListener("keydown", event => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.key === "Enter" && !event.shiftKey && file?.open()) return event.preventDefault();
        const arrow = ARROWS[event.key], s = state();
        const wanted = arrow ? scene.move?.(s, ...arrow) : event.key === " " ? scene.press?.(s) : scene.key?.(s, event.key);
        if (arrow || event.key === " " || wanted) event.preventDefault();
        change(wanted, event);
      });
      // The notebook around us would take plain keys for its own commands, arrows first of all.
      root.addEventListener("keydown", event => {
        const leaves = event.ctrlKey || event.metaKey || event.altKey || ["Escape", "Tab"].includes(event.key) ||
          (event.shiftKey && event.key === "Enter");
        if (!leaves) event.stopPropagation();
      });

      const drag = scene.drag === undefined ? scene.pick : scene.drag;
      const at = (react, event) => {
        const box = canvas.getBoundingClientRect();
        return react?.(state(), event.clientX - box.left, event.clientY - box.top, column());
      };
      // A mouse chooses when it is pressed. A finger that moves up or down scrolls the page, so it chooses when it is
      // lifted where it came down, when it moves sideways, or at once when it comes down on what is chosen.
      let finger = null;
      canvas.addEventListener("pointerdown", event => {
        if (event.pointerType === "touch") { finger = { x: event.clientX, y: event.clientY, moved: false }; return; }
        canvas.focus();
        change(at(scene.pick, event), event);
      });
      canvas.addEventListener("pointermove", event => {
        if (!(event.buttons & 1)) return;
        if (event.pointerType === "touch") {
          if (!finger) return;
          const [across, along] = [Math.abs(event.clientX - finger.x), Math.abs(event.clientY - finger.y)];
          finger.moved ||= finger.held ? across + along > 6 : across > 6 && across > along;
          if (!finger.moved) return;
        }
        change(at(drag, event), event);
      });
      canvas.addEventListener("pointerup", event => {
        if (event.pointerType === "touch" && finger && !finger.moved) {
          canvas.focus({ preventScroll: true });
          change(at(scene.pick, event), event);
        }
        finger = null;
      });
      canvas.addEventListener("pointercancel", () => { finger = null; });
      canvas.addEventListener("touchstart", event => {
        const wanted = event.touches.length === 1 && drag && at(drag, event.touches[0]);
        if (!wanted || Object.keys(changes(state(), wanted)).length) return;
        event.preventDefault();
        if (finger) finger.held = true;
      }, { passive: false });

      const events = [...names, "data"].map(n => `change:${n}`);
      events.forEach(e => model.on(e, redraw));
      const sizes = new ResizeObserver(redraw), theme = new MutationObserver(() => { redraw(); setTimeout(redraw, 300); });
      sizes.observe(root);
      theme.observe(document.body, { attributes: true });
      window.addEventListener("resize", redraw); // also where a zoom leaves the column as wide as it was
      change({});
      draw();
      return () => {
        cancelAnimationFrame(frame);
        events.forEach(e => model.off(e, redraw));
        controls.forEach(c => c.leave?.());
        window.removeEventListener("resize", redraw);
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
    const pace = still() ? 1000 : scene.pace ?? 250;
    button.addEventListener("click", () => {
      if (timer) return stop();
      button.textContent = "Stop";
      timer = setInterval(() => {
        const next = button.isConnected && scene.play(state());
        if (next) change(next); else stop();
      }, pace);
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
