"""The filters of hunt_board: every pixel is the stored weight's grey, and mouse and slider choose one."""

import numpy as np
import pytest

from cnnlab.widgets.symptoms import FILE, HuntBoard
from tests.widgets.page import SPOT
from tests.widgets.test_on_a_page import settle, shown, widget_of  # noqa: F401 (shown is a fixture)

pytestmark = pytest.mark.browser

#: Remembers the grey squares of the next drawing: light, place and size.
LISTEN = """() => {
window.squares = [];
const pens = CanvasRenderingContext2D.prototype, { fillRect, clearRect } = pens;
pens.clearRect = function (...at) { squares.length = 0; return clearRect.apply(this, at); };
pens.fillRect = function (x, y, wide, high) {
  const [, red, green, blue] = /^#(..)(..)(..)$/.exec(this.fillStyle) ?? [];
  if (red && red === green && green === blue && wide === high) squares.push([parseInt(red, 16), x, y, wide]);
  return fillRect.call(this, x, y, wide, high);
};
}"""


@pytest.mark.parametrize("width", [800, 344])
@pytest.mark.parametrize("run", ["C", "J"])
def test_every_pixel_is_a_stored_weight(shown, run, width):  # noqa: F811
    page = shown(widget_of(HuntBoard(run=run)), width=width)
    page.evaluate(LISTEN)
    page.evaluate("model.set('step', 2)")
    settle(page)
    with np.load(FILE) as file:
        weights = np.array([file[f"{name}.filters"] for name in ("first", "right", run)])
    squares = np.array(page.evaluate("squares"))
    assert len(squares) == 3 * 6 * 5 * 5
    lights = squares[:, 0].reshape(weights.shape)
    np.testing.assert_allclose(lights, 127.5 * (1 + np.clip(weights / 0.5, -1, 1)), atol=0.51)
    assert len({tuple(place) for place in squares[:, 1:3]}) == len(squares), "two of them stand in one place"
    rows = squares[:, 2].reshape(weights.shape)
    assert (rows == rows[:, :1, :, :1]).all(), "a filter is drawn with rows and columns exchanged"


def test_mouse_and_slider_choose_a_filter(shown):  # noqa: F811
    page = shown(widget_of(HuntBoard(run="J")))
    page.mouse.click(*page.evaluate(SPOT, {"filter": 3}))
    assert "Filter 3 of conv1 has moved by 936, right run 0." in settle(page)
    page.get_by_role("slider").nth(1).focus()
    page.keyboard.press("ArrowRight")
    assert "Filter 4 of conv1 has moved by" in settle(page)
