"""How long each interactive picture takes from an input to the drawn picture, and how large its state is.

`python -m benchmarks redraw [--kinds WayHome Race] [--events 80]` opens each picture on a bare page in Chromium, in a
column of 800 pixels, and presses arrow keys. *Input to drawn* is by the page's own clock, from the event's time stamp
until the picture is drawn; on a busy machine it holds what the others do, too. *Drawing* is the drawing alone, the
shortest of three of each state. The aim is 33 ms at the 95th percentile: two frames of a screen.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from tests.browser.jupyter import CHROMIUM
from tests.widgets.page import write
from tests.widgets.states import STATES

#: The keys that are pressed in turn.
KEYS = ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft", "ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft")

#: The window's size in pixels.
WINDOW = {"width": 800, "height": 700}

#: Waits until what was asked for is drawn; returns the milliseconds since the input, or nothing if nothing changed.
DRAWN = """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
  const { milliseconds } = document.querySelector("canvas").dataset;
  delete document.querySelector("canvas").dataset.milliseconds;
  done(milliseconds === undefined ? null : Number(milliseconds));
})))"""

#: Notes the shortest of three drawings of each state, in milliseconds.
LISTEN = """() => {
  window.drawings = [];
  const { draw } = scene;
  scene.draw = (pen, s) => {
    const taken = [0, 1, 2].map(() => {
      const start = performance.now();
      draw.call(scene, pen, s);
      return performance.now() - start;
    });
    drawings.push(Math.min(...taken));
  };
}"""


def run(arguments: Sequence[str]) -> dict[str, Any]:
    """Measure every picture, or those that are named; return milliseconds and kilobytes by picture."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(prog="python -m benchmarks redraw")
    parser.add_argument("--kinds", nargs="*", choices=STATES, default=[*STATES], help="pictures (default: all)")
    parser.add_argument("--events", type=int, default=80, help="keys pressed for each (default 80)")
    options = parser.parse_args(arguments)
    with sync_playwright() as play, tempfile.TemporaryDirectory() as folder:
        found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        browser = play.chromium.launch(executable_path=found, args=[*CHROMIUM])
        pictures = {kind: measure(browser, kind, Path(folder), options.events) for kind in options.kinds}
        browser.close()
    return {"pictures": pictures}


def measure(browser: Any, kind: str, folder: Path, events: int) -> dict[str, float]:
    """Return the milliseconds of one picture and the size of its state."""
    from cnnlab.widgets.canvas import widget_of

    scene = STATES[kind][0]
    whole, drawing = (_press_keys(browser, write(widget_of(type(scene))(scene), folder), events, own) for own in (0, 1))
    state = json.dumps({**scene.state(), "data": scene.data()}).encode()
    found = {"input to drawn, median ms": median(whole), "input to drawn, p95 ms": find_percentile(whole, 0.95)}
    if drawing:  # way_home draws several canvases by itself
        found["drawing, p95 ms"] = find_percentile(drawing, 0.95)
    return {**found, "state, kB": round(len(state) / 1000, 1)}


def _press_keys(browser: Any, address: str, events: int, drawing_only: int) -> list[float]:
    page = browser.new_page(viewport=WINDOW)
    page.goto(address)
    page.wait_for_function("window.ready")
    page.locator("canvas").focus()
    if drawing_only:
        page.evaluate(LISTEN)
    taken = []
    for k in range(events):
        page.keyboard.press(KEYS[k % len(KEYS)])
        taken.append(page.evaluate(DRAWN))
    drawings = page.evaluate("window.drawings ?? []")
    page.close()
    return drawings if drawing_only else [t for t in taken if t is not None]


def find_percentile(values: Sequence[float], share: float) -> float:
    """Return the value that so large a share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
