"""A widget on a bare page, without JupyterLab or a kernel: its own JavaScript and a model that only remembers."""

from __future__ import annotations

import json
from pathlib import Path

#: JupyterLab's variables, as its light and its dark theme set them.
THEMES = {
    "light": "--jp-ui-font-color1: rgba(0,0,0,.87); --jp-layout-color1: white; --jp-border-color1: #bdbdbd;",
    "dark": "--jp-ui-font-color1: white; --jp-layout-color1: #111; --jp-border-color1: #616161; color-scheme: dark;",
}

MODEL = """
class Model {
  constructor(state) { this.state = state; this.heard = {}; this.sent = []; this.saved = 0; }
  get(name) { return this.state[name]; }
  set(name, value) { this.state[name] = value; (this.heard[`change:${name}`] ?? []).forEach(f => f()); }
  on(event, f) { (this.heard[event] ??= []).push(f); }
  off(event, f) { this.heard[event] = (this.heard[event] ?? []).filter(g => g !== f); }
  send(message) { this.sent.push(message); }
  save_changes() { this.saved += 1; }
}
"""


def state_of(widget) -> dict:
    """What the widget shares with the page."""
    names = [*widget._names, "_names", "_controls", "_label", "_keys", "data"]
    return {name: getattr(widget, name) for name in names}


def write(widget, folder: Path, theme: str = "light") -> str:
    """Write the page of a widget and its module into the folder; the page's address."""
    code, state = (json.dumps(what).replace("</", "<\\/") for what in (widget._esm, state_of(widget)))
    body = f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>widget</title><style>{widget._css}
    body {{ {THEMES[theme]} background: var(--jp-layout-color1); color: var(--jp-ui-font-color1); margin: 12px; }}
    </style><body><div id="here"></div><script type="module">
    {MODEL}
    const code = new Blob([{code}], {{ type: "text/javascript" }});
    const module = await import(URL.createObjectURL(code));
    window.model = new Model({state});
    window.scene = module.scene;
    window.leave = module.default.render({{ model, el: document.getElementById("here") }});
    window.ready = true;
    </script></body></html>"""
    file = folder / f"{type(widget).__name__}-{theme}.html"
    file.write_text(body, encoding="utf-8")
    return file.as_uri()


#: Where to click so that the state becomes what is wanted: the middle of all such places of the picture.
SPOT = """wanted => {
  const canvas = document.querySelector("canvas"), box = canvas.getBoundingClientRect();
  const names = model.get("_names"), width = Math.max(280, document.querySelector(".cnnlab-stage").clientWidth - 8);
  const state = { ...Object.fromEntries(names.map(n => [n, model.get(n)])), data: model.get("data") };
  const found = [];
  for (let y = 2; y < box.height; y += 6) for (let x = 2; x < box.width; x += 2) {
    const next = { ...state, ...scene.pick(state, x, y, width) };
    Object.assign(next, scene.settle?.(next));
    if (Object.entries(wanted).every(([name, value]) => next[name] === value)) found.push([x, y]);
  }
  const [x, y] = found[Math.floor(found.length / 2)];
  return [box.left + x, box.top + y];
}"""

#: Defines contrast(one, other) of two colours, each as red, green and blue from 0 to 255, as WCAG defines it.
MEASURE_CONTRAST = """() => {
const light = rgb => rgb.map(v => v / 255).map(v => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
  .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
window.contrast = (one, other) => {
  const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
};
}"""
