"""The words of a picture: in every column they are large enough, whole, inside the picture and clear of each other."""

import pytest

from tests.widgets.states import STATES
from tests.widgets.test_on_a_page import settle, shown, widget_of  # noqa: F401 (shown is a fixture)

pytestmark = pytest.mark.browser

#: Remembers the words of the last drawing: where they stand, and how large they are, in pixels of the screen.
LISTEN = """() => {
window.drawn = [];
const pens = CanvasRenderingContext2D.prototype, { clearRect, fillText } = pens;
pens.clearRect = function (...at) {
  if (this.canvas.isConnected) drawn.length = 0;
  return clearRect.apply(this, at);
};
pens.fillText = function (words, x, y, ...rest) {
  if (this.canvas.isConnected) {
    const { a, d, e, f } = this.getTransform(), size = Number(/([\\d.]+)px/.exec(this.font)[1]);
    const wide = this.measureText(words).width, part = { center: 0.5, right: 1, end: 1 }[this.textAlign] ?? 0;
    const corner = { x: a * (x - part * wide) + e, y: d * (y - 0.36 * size) + f };
    drawn.push({ words: String(words), ...corner, wide: a * wide, high: d * 0.72 * size, size: d * size });
  }
  return fillText.call(this, words, x, y, ...rest);
};
}"""

#: What is wrong with them.
FAULTS = """() => {
  const { width, height } = document.querySelector("canvas").style, dense = devicePixelRatio;
  const [right, bottom] = [width, height].map(side => dense * parseFloat(side));
  const together = (a, b) => Math.min(a.x + a.wide, b.x + b.wide) - Math.max(a.x, b.x) > 1.5
    && Math.min(a.y + a.high, b.y + b.high) - Math.max(a.y, b.y) > 1.5;
  return drawn.flatMap((a, k) => [
    ...(a.size < 11 * dense ? [`small: ${a.words}`] : []),
    ...(a.words.includes("…") ? [`cut: ${a.words}`] : []),
    ...(a.x < -1 || a.x + a.wide > right + 1 || a.y < -2 || a.y + a.high > bottom + 2 ? [`outside: ${a.words}`] : []),
    ...drawn.slice(0, k).filter(b => together(a, b)).map(b => `one on the other: ${b.words}, ${a.words}`),
  ]);
}"""

#: Shows a state, and waits until it is drawn.
SHOW = """([state, data]) => {
  Object.assign(model.state, state);
  model.set("data", data);
  return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""


def faults_of(page, scenes):
    for scene in scenes:
        scene = scene.settle()
        page.evaluate(SHOW, [scene.state(), scene.data()])
        for fault in page.evaluate(FAULTS):
            yield fault, scene


def assert_words_fit(page, some, widths):
    for width in widths:
        page.set_viewport_size({"width": width, "height": 700})
        settle(page)
        assert list(faults_of(page, some)) == [], f"in a window {width} pixels wide"


def some_states(kind):
    return STATES[kind][:: max(1, len(STATES[kind]) // 4)]


@pytest.mark.parametrize("kind", STATES)
def test_the_words_of_a_picture_fit(shown, kind):  # noqa: F811
    """In the narrowest window, where room is scarce, all of them; in a wide one the first."""
    some = some_states(kind)
    page = shown(widget_of(some[0]))
    page.evaluate(LISTEN)
    assert_words_fit(page, some, [344])
    assert_words_fit(page, some[:1], [1024])


@pytest.mark.slow
@pytest.mark.parametrize("kind", STATES)
def test_the_words_of_every_state_fit_in_wider_windows(shown, kind):  # noqa: F811
    some = some_states(kind)
    page = shown(widget_of(some[0]))
    page.evaluate(LISTEN)
    assert_words_fit(page, some, [600, 800, 1024])


def test_words_that_do_not_fit_are_found(shown):  # noqa: F811
    page = shown(widget_of(STATES["GraphStepper"][0]))
    page.evaluate(LISTEN)
    settle(page)
    page.evaluate("""() => {
      const pen = document.querySelector("canvas").getContext("2d");
      drawn.length = 0;
      const written = [["one", 50, 12], ["two", 55, 12], ["tiny", 100, 9], ["cut…", 150, 12], ["outside", -20, 12]];
      for (const [words, x, size] of written) {
        pen.font = `${size}px sans-serif`;
        pen.textAlign = "left";
        pen.fillText(words, x, 50);
      }
    }""")
    found = page.evaluate(FAULTS)
    assert found == ["one on the other: one, two", "small: tiny", "cut: cut…", "outside: outside"]
