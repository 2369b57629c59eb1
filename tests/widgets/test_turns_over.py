"""The convolution's matrix turns over: its numbers are NumPy's, its corner stays, and nothing is mirrored."""

import json
import re

import numpy as np
import pytest

from cnnlab.widgets import c_turns_over
from cnnlab.widgets.turnover import UPSTREAM, ConvolutionTurnsOver
from solutions.ops.conv import conv2d_forward, conv2d_input_grad
from tests.patience import patience
from tests.widgets.states import TURNS
from tests.widgets.test_on_a_page import settle, shown, swipe  # noqa: F401 (shown is a fixture)
from tests.widgets.test_scenes import FOLDER, node

SIZES = [(n, k) for n in (3, 4, 5, 6) for k in (2, 3)]


def kernel_of(k):
    return np.arange(1.0, k * k + 1).reshape(1, 1, k, k)


@pytest.mark.parametrize(("n", "k"), SIZES)
def test_the_matrix_is_that_of_the_convolution_and_its_columns_give_dx(n, k):
    w, m = kernel_of(k), n - k + 1
    units = np.eye(n * n).reshape(-1, 1, n, n)
    matrix = conv2d_forward(units, w, None)[0].reshape(n * n, -1).T
    np.testing.assert_array_equal(ConvolutionTurnsOver(input=n, kernel=k).matrix(), matrix)
    dy = np.array(UPSTREAM, float)[:m, :m]
    dx = conv2d_input_grad(dy[None, None], w, (1, 1, n, n)).ravel()
    assert [ConvolutionTurnsOver(place=p, input=n, kernel=k).gradient() for p in range(n * n)] == dx.tolist()


def test_a_full_column_folds_into_the_turned_kernel():
    scene = ConvolutionTurnsOver(place=12)
    folded = np.zeros((3, 3))
    for i, j, w in scene.uses():
        folded[i, j] = w
    np.testing.assert_array_equal(folded, kernel_of(3)[0, 0, ::-1, ::-1])


def test_the_sheet_keeps_its_corner_and_ends_as_its_transpose():
    script = """const { spot, entry, turnTo } = await import(process.argv[2]);
    const turns = [...Array(101).keys()], s = { input: 5, kernel: 3 };
    console.log(JSON.stringify({ corners: turns.map(t => spot(t, 0, 0)), diagonal: turns.map(t => spot(t, 4, 4)),
      last: spot(100, 2, 7), back: turns.map(t => turnTo(s, ...spot(t, 0, 25))),
      matrix: [...Array(9).keys()].map(r => [...Array(25).keys()].map(c => entry(s, r, c))) }));"""
    page = json.loads(node(script, (FOLDER / "turnover_sheet.js").as_uri()))
    assert page["corners"] == [[0, 0]] * 101
    np.testing.assert_allclose(page["diagonal"], [[4, 4]] * 101)
    np.testing.assert_allclose(page["last"], [2, 7], atol=1e-12)
    assert page["back"] == list(range(101))
    assert page["matrix"] == ConvolutionTurnsOver().matrix()


def test_a_border_cell_has_zeros_where_no_window_reaches():
    caption = ConvolutionTurnsOver(place=0).caption()
    assert "1 window uses it, and in their order it met 1. " in caption
    assert "with 8 zeros" in caption
    assert len({scene.settle().caption() for scene in TURNS}) > 10


#: Records how every number is written: a mirrored or turned one has another transform than the page's own.
UPRIGHT = """() => {
  window.tilted = 0;
  const write = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (...all) {
    const t = this.getTransform();
    if (t.b || t.c || t.a <= 0 || t.d <= 0) window.tilted += 1;
    window.written = (window.written ?? 0) + 1;
    return write.apply(this, all);
  };
}"""


@pytest.mark.browser
def test_keys_turn_it_and_its_numbers_stay_upright(shown):  # noqa: F811
    widget = c_turns_over(input=4, kernel=2, place=5)
    page = shown(widget, "dark")
    page.evaluate(UPRIGHT)
    page.locator("canvas").focus()
    before = settle(page)
    page.wait_for_timeout(patience(300))
    assert page.evaluate("model.get('turn')") == 0, "it turned by itself"
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    after = settle(page)
    assert "Column 5 of A" in before
    assert "Row 6 of Aᵀ" in after
    dx = conv2d_input_grad(np.array(UPSTREAM, float)[None, None, :3, :3], kernel_of(2), (1, 1, 4, 4)).ravel()
    assert [int(re.search(r"= (−?\d+)\.$", words)[1].replace("−", "-")) for words in (before, after)] == [dx[5], dx[6]]
    assert (page.evaluate("tilted"), page.evaluate("written") > 100) == (0, True)


@pytest.mark.browser
def test_mouse_and_finger_drag_the_corner_and_choose_cells(shown):  # noqa: F811
    page = shown(c_turns_over(input=5, kernel=3))
    settle(page)
    box = page.locator("canvas").bounding_box()
    side = page.evaluate("document.querySelector('canvas').clientWidth")
    assert side > 600
    cell = max(15, min(20, (side - 30 - 8 - 28 - 330) // 25))
    corner, end = (box["x"] + 30 + 25 * cell, box["y"] + 44), (box["x"] + 30, box["y"] + 44 + 25 * cell)
    page.mouse.click(box["x"] + 30 + 6.5 * cell, box["y"] + 44 + 0.5 * cell)
    assert "Column 6 of A is the cell x[1, 1]: 4 windows use it, and in their order it met 5 4 2 1." in settle(page)
    page.mouse.move(*corner)
    page.mouse.down()
    page.mouse.move(*end, steps=60)
    page.mouse.up()
    assert "Row 6 of Aᵀ" in settle(page)
    assert page.evaluate("model.get('turn')") == 100
    swipe(page, end, tuple(np.array(end) + (np.array(corner) - end) * 0.04))
    assert page.evaluate("model.get('turn')") < 100


@pytest.mark.browser
def test_reduced_motion_jumps_between_three_places(shown):  # noqa: F811
    page = shown(c_turns_over())
    page.emulate_media(reduced_motion="reduce")
    page.locator("canvas").focus()
    seen = [0]
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
        settle(page)
        seen.append(page.evaluate("model.get('turn')"))
    assert seen == [0, 35, 100, 100, 35]
