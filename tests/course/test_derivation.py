"""The check under a numbered step: it says how close two sides are, and stops where they are not."""

import numpy as np
import pytest

from cnnlab import both_sides


def test_sides_that_agree(capsys):
    both_sides("Step 1", np.array([1.0, 2.0]), [1.0, 2.0 + 1e-14])
    assert capsys.readouterr().out.startswith("Step 1: both sides agree (largest difference ")


@pytest.mark.parametrize(
    ("left", "right", "says"),
    [
        ([1.0, 2.0], [1.0, 2.1], "Step 2: the two sides are 0.1 apart"),
        ([1.0, 2.0], [[1.0, 2.0]], r"the left side has shape \(2,\), the right side \(1, 2\)"),
        ([1.0, np.nan], [1.0, 2.0], "the two sides are nan apart"),
        ([1e-6, 0.0], [0.0, 0.0], "apart"),
    ],
    ids=["apart", "shapes", "nan", "zeros"],
)
def test_sides_that_do_not(left, right, says):
    with pytest.raises(AssertionError, match=says):
        both_sides("Step 2", left, right)
