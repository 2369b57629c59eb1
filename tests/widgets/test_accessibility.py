"""Every picture can be operated and read: axe-core finds nothing, and each word stands out from what is behind it.

axe-core looks at the page around the canvas: controls, names, roles, contrast of text. It sees nothing inside a canvas,
so the contrast of each word there is measured where it is written.
"""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.widgets.page import MEASURE_CONTRAST
from tests.widgets.states import STATES
from tests.widgets.test_on_a_page import settle, shown, widget_of  # noqa: F401 (shown is a fixture)
from tests.widgets.test_words_fit import SHOW

pytestmark = pytest.mark.browser

#: Every picture on a light and on a dark page; without --slow a few, in turn on one and the other.
PAGES = [
    pytest.param(kind, theme, marks=[] if k % 16 == 8 * t else pytest.mark.slow)
    for k, kind in enumerate(STATES)
    for t, theme in enumerate(["light", "dark"])
]

#: What a page needs and a picture alone has not: a title of its own, landmarks.
OF_A_PAGE = ("landmark-one-main", "page-has-heading-one", "region")

#: The contrast that words need, and the share of the pixels behind them that has to have it; thin lines may cross.
CONTRAST, SHARE = 4.5, 0.85

#: Measures the contrast of each word with the pixels that are there when it is written.
LISTEN = """() => {
window.faint = new Map();
const pens = CanvasRenderingContext2D.prototype, { fillText } = pens;
const paper = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const copy = (canvas, x, y, wide, high) => {
  Object.assign(paper.canvas, { width: wide, height: high }); // which clears it
  paper.drawImage(canvas, x, y, wide, high, 0, 0, wide, high);
  return paper.getImageData(0, 0, wide, high).data;
};
const read = colour => {
  Object.assign(paper.canvas, { width: 1, height: 1 });
  paper.fillStyle = colour;
  paper.fillRect(0, 0, 1, 1);
  return [...paper.getImageData(0, 0, 1, 1).data];
};
const over = (top, alpha, below) => below.map((b, k) => top[k] * alpha + b * (1 - alpha));
pens.fillText = function (words, x, y, ...rest) {
  if (this.canvas.isConnected && String(words).trim()) {
    const { a, d, e, f } = this.getTransform(), size = Number(/([\\d.]+)px/.exec(this.font)[1]);
    const wide = this.measureText(words).width, part = { center: 0.5, right: 1, end: 1 }[this.textAlign] ?? 0;
    const box = [a * (x - part * wide) + e, d * (y - 0.36 * size) + f, Math.max(1, a * wide), d * 0.72 * size];
    const ground = read(getComputedStyle(document.body).backgroundColor).slice(0, 3);
    const colour = read(this.fillStyle), alpha = colour[3] / 255 * this.globalAlpha;
    const data = copy(this.canvas, ...box.map(Math.round));
    let clear = 0;
    for (let k = 0; k < data.length; k += 4) {
      const behind = over(data.slice(k, k + 3), data[k + 3] / 255, ground);
      clear += contrast(over(colour, alpha, behind), behind) >= least;
    }
    if (clear < share * data.length / 4) faint.set(String(words), clear / (data.length / 4));
  }
  return fillText.call(this, words, x, y, ...rest);
};
}"""


def listen(page):
    page.evaluate(f"() => {{ window.least = {CONTRAST}; window.share = {SHARE}; }}")
    page.evaluate(MEASURE_CONTRAST)
    page.evaluate(LISTEN)


@pytest.mark.parametrize(("kind", "theme"), PAGES)
def test_a_picture_can_be_operated_and_read(shown, kind, theme):  # noqa: F811
    some = STATES[kind][:: max(1, len(STATES[kind]) // 3)]
    page = shown(widget_of(some[0]), theme)
    found = Axe().run(
        page, options={"resultTypes": ["violations"], "rules": {r: {"enabled": False} for r in OF_A_PAGE}}
    )
    assert found.violations_count == 0, found.generate_report()

    listen(page)
    for scene in some:
        scene = scene.settle()
        page.evaluate(SHOW, [scene.state(), scene.data()])
        faint = page.evaluate("Object.fromEntries(faint)")
        assert faint == {}, f"words that do not stand out, with the share of the ground that is clear: {scene}"


def test_faint_words_are_found(shown):  # noqa: F811
    page = shown(widget_of(STATES["GraphStepper"][0]))
    listen(page)
    settle(page)
    page.evaluate("""() => {
      const pen = document.querySelector("canvas").getContext("2d");
      faint.clear();
      for (const [words, y, ground, colour] of [["grey", 20, "#fff", "#888"], ["black on blue", 60, "#5D3F92", "#000"],
                                                ["black on sky", 100, "#56B4E9", "#000"]]) {
        pen.globalAlpha = 1;
        pen.fillStyle = ground;
        pen.fillRect(0, y - 20, 300, 40);
        pen.font = "14px sans-serif";
        pen.textAlign = "left";
        pen.fillStyle = colour;
        pen.fillText(words, 10, y);
      }
    }""")
    assert sorted(page.evaluate("[...faint.keys()]")) == ["black on blue", "grey"]


def test_a_control_without_a_name_is_found(shown):  # noqa: F811
    page = shown(widget_of(STATES["GraphStepper"][0]))
    page.evaluate("document.querySelector('.cnnlab-bar').append(document.createElement('select'))")
    assert "select-name" in Axe().run(page).generate_report()
