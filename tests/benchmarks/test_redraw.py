"""The benchmark of the pictures measures what is drawn, and the percentile is that of the values."""

import pytest

from benchmarks.redraw import find_percentile, measure
from tests.widgets.conftest import browser  # noqa: F401 (a fixture)


def test_a_percentile_is_one_of_the_values():
    assert find_percentile([*range(100)], 0.95) == 95
    assert find_percentile([3.0, 1.0, 2.0], 0.95) == 3.0


@pytest.mark.browser
def test_every_key_is_measured(browser, tmp_path):  # noqa: F811
    found = measure(browser, "WindowStepper", tmp_path, 4)
    assert found["input to drawn, p95 ms"] >= found["input to drawn, median ms"] > 0
    assert found["drawing, p95 ms"] > 0
    assert 0 < found["state, kB"] < 300
