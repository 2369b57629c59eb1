"""The picture of upsampling: its numbers are those of the ops of chapter 14."""

import numpy as np
import pytest

from cnnlab.widgets.upsampling import NEW, OLD, TRANSPOSED, X, upstream
from tests.solutions.agreement import solution
from tests.widgets.states import UPSAMPLING

RESAMPLE, TRANSPOSE = solution("resample"), solution("conv_transpose")


def run(scene):
    """Return y and dx, (8, 8) and (4, 4), of the reference solutions."""
    x = np.array(X, float)[None, None]
    dy = np.array([[upstream(i, j) for j in range(NEW)] for i in range(NEW)], float)[None, None]
    if scene.mode == TRANSPOSED:
        kernel = np.outer([1, 3, 3, 1], [1, 3, 3, 1])[None, None] / 16
        y, cache = TRANSPOSE.conv_transpose2d_forward(x, kernel, stride=2, padding=1)
        return y[0, 0], TRANSPOSE.conv_transpose2d_backward(dy, cache)[0][0, 0]
    aligned = {"align_corners": scene.align_corners == "True"} if scene.mode == "bilinear" else {}
    y, cache = RESAMPLE.interpolate_forward(x, size=NEW, mode=scene.mode, **aligned)
    return y[0, 0], RESAMPLE.interpolate_backward(dy, cache)[0, 0]


@pytest.mark.parametrize("scene", dict.fromkeys(s.settle() for s in UPSAMPLING), ids=str)
def test_its_numbers_are_those_of_the_ops(scene):
    below = scene.axis().below ** 2
    for grid, count, right in zip("yx", (NEW, OLD), run(scene), strict=True):
        found = [[scene.total(grid, (i, j)) / below for j in range(count)] for i in range(count)]
        np.testing.assert_allclose(found, right, atol=1e-12)
