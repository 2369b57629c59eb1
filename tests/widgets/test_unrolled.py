"""The unrolled network: its numbers are those of the op; that the page has the same is in test_scenes."""

import numpy as np
import pytest

from cnnlab.widgets.unrolled import UnrolledNetwork
from tests.solutions.agreement import solution
from tests.widgets.states import UNROLLED
from tests.widgets.test_on_a_page import settle, shown, widget_of  # noqa: F401 (shown is a fixture)

RNN = solution("recurrent")


@pytest.mark.parametrize("scene", UNROLLED[::7], ids=str)
def test_its_numbers_are_those_of_the_op(scene):
    scene = scene.settle()
    found = scene.numbers()
    x, dy = (np.array(a, float).reshape(1, -1, 1) for a in (found.x, found.dy))
    one, w = np.ones((1, 1)), np.array([[scene.weight / 10]])
    y, cache = RNN.rnn_forward(x, 0 * one, one, w, np.zeros(1))
    dx, dh0, _, dw, _ = RNN.rnn_backward(dy, cache)
    np.testing.assert_allclose(found.y, y.ravel(), rtol=1e-12)
    np.testing.assert_allclose(np.multiply(found.g, found.slope), dx.ravel(), rtol=1e-9)
    np.testing.assert_allclose([found.sent[0], sum(found.share)], [dh0.item(), dw.item()], rtol=1e-9, atol=1e-12)


def test_more_weight_lets_less_through_where_states_are_large_and_more_where_they_are_zero():
    drawn = [abs(UnrolledNetwork(weight=w).settle().numbers().g[0]) for w in (10, 20)]
    zero = [UnrolledNetwork(weight=w, inputs="zero").settle().numbers().g[0] for w in (10, 20)]
    assert drawn[1] < 1e-5 < 0.2 < drawn[0]
    assert zero == [1, 512]


@pytest.mark.browser
def test_a_bar_of_x_follows_the_hand(shown):  # noqa: F811
    page = shown(widget_of(UnrolledNetwork()))
    box = page.locator("canvas").bounding_box()
    column = (box["width"] - 46) / 10
    left, middle = box["x"] + 38 + 4.5 * column, box["y"] + 142  # of the bar of time 4
    page.mouse.move(left, middle)
    page.mouse.down()
    page.mouse.move(left, middle - 16, steps=4)
    page.mouse.up()
    caption, x = settle(page), page.evaluate("() => model.get('x')")
    assert x[4] == 50 and x[:4] == [50, -30, 20, 10]
    assert caption == UnrolledNetwork(time=4, x=tuple(x)).settle().caption()
