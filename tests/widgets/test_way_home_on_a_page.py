"""The way home in a browser without a kernel: mouse, keyboard and finger move it, and its numbers are NumPy's."""

import pytest

from cnnlab.widgets import trained_lenet, way_home
from tests.widgets.test_on_a_page import settle, shown, swipe  # noqa: F401 (shown is a fixture)
from tests.widgets.wayhome_numbers import panel_numbers

pytestmark = pytest.mark.browser

STATE = "() => Object.fromEntries(['row', 'column', 'map', 'spoiled'].map(name => [name, model.get(name)]))"

#: Where cell (row, column) of x is on the canvas, from the page's own layout: 5 or 4 pixels a cell.
LEFT, TOP, CELL = 24, 48 + (176 - 128) / 2, 4


def place(page, row, column):
    box = page.locator("canvas").bounding_box()
    return box["x"] + LEFT + (column + 0.5) * CELL, box["y"] + TOP + (row + 0.5) * CELL


def compare(page, widget):
    """Compare three shown numbers with NumPy's: x, dx, and the loss with the cell brighter by 0.01."""
    state = page.evaluate(STATE)
    widget.set_trait("row", state["row"])
    widget.set_trait("column", state["column"])
    scene = widget.scene
    values, right, _ = scene.runs()
    x, dx, loss = panel_numbers(page.locator(".wh-panel").inner_text())
    assert x == pytest.approx(values["x"][0, scene.row, scene.column], abs=0.005)
    assert dx == pytest.approx(right["x"][0, scene.row, scene.column], abs=5e-5)
    assert loss == pytest.approx(scene.try_brighter()[1], abs=5e-6)
    return state


def test_the_mouse_drags_the_cell_and_chooses_map_and_gear(shown):  # noqa: F811
    widget = way_home(digit=2)
    page = shown(widget)
    settle(page)
    page.mouse.move(*place(page, 10, 12))
    page.mouse.down()
    page.mouse.move(*place(page, 20, 14), steps=3)
    page.mouse.up()
    settle(page)
    assert compare(page, widget) == {"row": 20, "column": 14, "map": 4, "spoiled": 0}
    switches = page.get_by_role("switch")
    switches.nth(0).click()
    switches.nth(2).click()
    settle(page)
    assert page.locator("[role=switch][aria-checked=true]").count() == 1, "two gears are spoiled at once"
    assert page.evaluate("model.get('layer')") == "relu1"
    assert "dx is wrong in" in page.locator(".wh-verdict").inner_text()


def test_the_keyboard_moves_cell_map_and_step(shown):  # noqa: F811
    widget = way_home(digit=2, row=16, column=14)
    page = shown(widget, "dark")
    page.locator("canvas").focus()
    for key in ("ArrowRight", "ArrowUp", "ArrowUp", "PageUp", "7", " "):
        page.keyboard.press(key)
    settle(page)
    assert compare(page, widget) == {"row": 14, "column": 15, "map": 3, "spoiled": 1}
    assert "home" in page.locator(".wh-lit").inner_text()


def test_a_finger_drags_the_cell_and_scrolls_elsewhere(shown):  # noqa: F811
    widget = way_home(digit=2)
    page = shown(widget)
    settle(page)
    swipe(page, place(page, 10, 12), place(page, 25, 16))
    state = compare(page, widget)
    assert (state["row"], state["column"]) == (25, 16)
    assert page.evaluate("scrollY") == 0
    box = page.locator(".wh-strip").bounding_box()
    swipe(page, (box["x"] + 300, box["y"] + 20), (box["x"] + 300, box["y"] - 200))
    assert page.evaluate(STATE) == state


@pytest.mark.slow
def test_every_image_is_read_as_python_says(shown):  # noqa: F811
    page = shown(way_home())
    for digit in range(len(trained_lenet.load().labels)):
        page.locator("select").first.select_option(index=digit)
        assert settle(page) == way_home(digit=digit).caption
