"""Every picture at 200 % zoom: its words have grown and still fit, and its lines stand out from the page.

A browser that zooms to 200 % halves the width of the page and doubles the pixels of the screen for each of its own.
"""

import pytest

from tests.widgets.page import MEASURE_CONTRAST
from tests.widgets.states import STATES
from tests.widgets.test_on_a_page import settle, shown, widget_of  # noqa: F401 (shown is a fixture)
from tests.widgets.test_words_fit import FAULTS, LISTEN, SHOW, some_states

pytestmark = pytest.mark.browser

#: The pictures that are looked at without --slow; way_home is the one that is scrolled sideways.
SAMPLE = ("ConvExplorer", "LossSlice", "WayHome")

PAGES = [
    pytest.param(kind, theme, marks=[] if kind in SAMPLE and theme == ("light", "dark")[k % 2] else pytest.mark.slow)
    for k, kind in enumerate(STATES)
    for theme in ("light", "dark")
]

#: What is wrong with the words around the canvas: where they stand, and how large they are, in pixels of the page.
FAULTS_AROUND = """() => {
  const root = document.querySelector(".cnnlab-widget"), walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const written = [];
  for (let node; (node = walker.nextNode());) {
    const words = node.data.trim(), range = document.createRange(), parent = node.parentElement;
    range.selectNodeContents(node);
    const option = parent.closest("select, option"), boxes = option ? [] : [...range.getClientRects()];
    const small = parseFloat(getComputedStyle(parent).fontSize) < 11;
    if (words) boxes.forEach(box => written.push({ words: words.slice(0, 40), box, small }));
  }
  for (const one of document.querySelectorAll(".cnnlab-bar :is(select, button, input)")) {
    written.push({ words: one.value || one.textContent, box: one.getBoundingClientRect(), control: true });
  }
  const together = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1.5
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 6; // the boxes of lines are higher than their letters
  return written.flatMap((a, k) => [
    ...(a.small ? [`small: ${a.words}`] : []),
    ...(a.box.left < 0 || a.box.right > innerWidth ? [`outside: ${a.words}`] : []),
    ...written.slice(0, k).filter(b => !a.control && !b.control && together(a.box, b.box))
      .map(b => `one on the other: ${b.words}, ${a.words}`),
  ]);
}"""

#: Remembers the lines of the last drawing that have less than 3 : 1 with the page. Thin lines in the text's own colour
#: that are let through are help lines. What is filled is not looked at: it stands in a frame, or behind a number.
LISTEN_TO_LINES = """() => {
window.pale = new Map();
const pens = CanvasRenderingContext2D.prototype, { clearRect } = pens;
const paper = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const read = colour => {
  paper.clearRect(0, 0, 1, 1);
  paper.fillStyle = colour;
  paper.fillRect(0, 0, 1, 1);
  return [...paper.getImageData(0, 0, 1, 1).data];
};
const near = (one, other) => [0, 1, 2].every(k => Math.abs(one[k] - other[k]) < 24);
const look = pen => {
  const ground = read(getComputedStyle(document.body).backgroundColor), alpha = pen.globalAlpha;
  const ink = read(getComputedStyle(document.querySelector(".cnnlab-widget")).color), colour = read(pen.strokeStyle);
  if (near(colour, ground) || (near(colour, ink) && alpha < 1 && pen.lineWidth <= 1.5)) return;
  const share = alpha * colour[3] / 255, mixed = [0, 1, 2].map(k => colour[k] * share + ground[k] * (1 - share));
  const found = contrast(mixed, ground.slice(0, 3));
  if (found < 3) pale.set(`${pen.strokeStyle}, alpha ${alpha.toFixed(2)}, ${pen.lineWidth} wide`, found);
};
pens.clearRect = function (...at) {
  if (this.canvas.isConnected) pale.clear();
  return clearRect.apply(this, at);
};
for (const name of ["stroke", "strokeRect"]) {
  const own = pens[name];
  pens[name] = function (...rest) {
    if (this.canvas.isConnected) look(this);
    return own.apply(this, rest);
  };
}
}"""


def zoom_in(page, width=800, height=700):
    """Zoom from 100 to 200 % in a window so many pixels wide, as the browser does it."""
    screen = {"width": width // 2, "height": height // 2, "deviceScaleFactor": 2, "mobile": False}
    page.context.new_cdp_session(page).send("Emulation.setDeviceMetricsOverride", screen)
    page.wait_for_function("devicePixelRatio === 2")
    settle(page)


def is_sharp(page):
    """Whether the canvas has a pixel of its own for each of the screen's."""
    return page.evaluate(
        "(c => Math.abs(c.width - 2 * parseFloat(c.style.width)) <= 1)(document.querySelector('canvas'))"
    )


@pytest.mark.parametrize(("kind", "theme"), PAGES)
def test_a_picture_can_be_read_at_200_percent(shown, kind, theme):  # noqa: F811
    some = some_states(kind)
    page = shown(widget_of(some[0]), theme)
    page.evaluate(LISTEN)
    page.evaluate(MEASURE_CONTRAST)
    page.evaluate(LISTEN_TO_LINES)
    zoom_in(page)
    assert is_sharp(page)
    for scene in some:
        scene = scene.settle()
        page.evaluate(SHOW, [scene.state(), scene.data()])
        assert page.evaluate(FAULTS) == [], scene
        assert page.evaluate(FAULTS_AROUND) == [], scene
        assert page.evaluate("Object.fromEntries(pale)") == {}, f"lines below 3 : 1: {scene}"


def test_a_zoom_that_leaves_the_column_as_wide_is_seen(shown):  # noqa: F811
    """In a wide window a picture keeps its 1,000 pixels, and only the pixels of the screen become more."""
    page = shown(widget_of(STATES["GraphStepper"][0]), width=2400)
    wide = page.evaluate("document.querySelector('.cnnlab-widget').clientWidth")
    zoom_in(page, width=2400)
    assert page.evaluate("document.querySelector('.cnnlab-widget').clientWidth") == wide
    assert is_sharp(page)


def test_words_and_lines_that_cannot_be_read_are_found(shown):  # noqa: F811
    page = shown(widget_of(STATES["GraphStepper"][0]))
    page.evaluate(MEASURE_CONTRAST)
    page.evaluate(LISTEN_TO_LINES)
    zoom_in(page)
    page.evaluate("""() => {
      const pen = document.querySelector("canvas").getContext("2d");
      const lines = [["#56B4E9", 1, 2], ["#0072B2", 0.3, 2], ["#0072B2", 1, 2], ["#000", 0.2, 1], ["#000", 0.2, 3]];
      for (const [colour, alpha, width] of lines) {
        Object.assign(pen, { strokeStyle: colour, globalAlpha: alpha, lineWidth: width });
        pen.stroke();
      }
      const bar = document.querySelector(".cnnlab-bar"), make = () => document.createElement("b");
      const add = (textContent, style) => bar.append(Object.assign(make(), { textContent, style }));
      add("tiny", "font-size: 9px");
      add("far", "position: absolute; left: 390px; white-space: nowrap");
      add("one", "position: absolute; left: 100px; top: 600px");
      add("two", "position: absolute; left: 105px; top: 600px");
    }""")
    pale = page.evaluate("[...pale.keys()]")
    assert pale == ["#56b4e9, alpha 1.00, 2 wide", "#0072b2, alpha 0.30, 2 wide", "#000000, alpha 0.20, 3 wide"]
    assert page.evaluate(FAULTS_AROUND) == ["small: tiny", "outside: far", "one on the other: one, two"]
