"""The button looks for the line when it is clicked, and shows what it found or why it did not look."""

import numpy as np
import pytest

from cnnlab import widgets


def mirrored(dy, cache):
    return np.where(cache.x < 0, dy, 0)


def right(dy, cache):
    return np.where(cache.x > 0, dy, 0)


def all_gone(dy, cache):
    return 7.0


@pytest.mark.parametrize(
    ("function", "said"),
    [(mirrored, "test_where_button.py, line"), (right, "passes every case"), (all_gone, "No line was found")],
    ids=["wrong", "right", "not found"],
)
def test_a_click_shows_what_is_found(function, said):
    button, place, _ = widgets.locate_button("relu_backward", function=function, torch=False, seconds=2).children
    assert place.value == ""
    button.click()
    assert said in place.value
    assert not button.disabled
