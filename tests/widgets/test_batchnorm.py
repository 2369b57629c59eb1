"""The picture of batch normalisation: its numbers are those of the op; that the page has the same is in test_scenes."""

import math

import numpy as np
import pytest

from cnnlab.widgets.batchnorm import EPS, BatchNormExplorer, two, write_list
from tests.solutions.agreement import solution
from tests.widgets.states import BATCHES

NORM = solution("norm")


def batch_numbers(s: BatchNormExplorer) -> list[str]:
    """Return what the caption has to say of a batch, by the solution of chapter 13."""
    x, dy = (np.array(values, float)[:, None] for values in (s.x, s.dy))
    y, cache = NORM.batch_norm_forward(x, np.array([float(s.gamma)]), np.zeros(1), eps=EPS[s.eps] or 1e-13)
    dx = NORM.batch_norm_backward(dy, cache)[0]
    lists = [f"{name} = {write_list(values[:, 0].tolist())}" for name, values in (("y", y), ("dx", dx))]
    mean, std = float(x.mean()), math.sqrt(x.var() + EPS[s.eps])
    return [f"mean {two(mean)} and standard deviation {two(std)}.", *lists]


@pytest.mark.parametrize("scene", BATCHES[::5], ids=str)
def test_its_numbers_are_those_of_the_op(scene):
    scene = scene.settle()
    x, dy = (np.array(a, float)[:, None] for a in (scene.x, scene.dy))
    gamma, eps = np.array([float(scene.gamma)]), EPS[scene.eps] or 1e-13
    y, cache = NORM.batch_norm_forward(x, gamma, np.zeros(1), eps=eps)
    dx, _, _ = NORM.batch_norm_backward(dy, cache)
    found = scene.numbers()
    np.testing.assert_allclose(found.y, y.ravel(), rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(found.dx, dx.ravel(), rtol=1e-6, atol=1e-9 * (1 + np.abs(dx).max()))


def test_one_moved_sample_moves_every_other_output_and_gradient():
    before, after = BatchNormExplorer(), BatchNormExplorer(x=(-3, 1, 2, 3.5, 5, 10))
    for name in ("y", "dx"):
        moved = np.abs(np.subtract(getattr(before.numbers(), name), getattr(after.numbers(), name)))
        assert (moved > 0.01).all()
