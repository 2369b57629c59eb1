"""The reference resampling: PyTorch's numbers over every option, the contract, and clear errors."""

import numpy as np
import pytest
import torch

from tests.solutions.agreement import assert_agrees, assert_keeps_contract, solution

RESAMPLE = solution("resample")
PAIR = (RESAMPLE.interpolate_forward, RESAMPLE.interpolate_backward)

#: mode and align_corners.
MODES = [{"mode": "nearest"}, *({"mode": "bilinear", "align_corners": a} for a in (None, False, True))]

#: Sizes and factors, whole and not, and those for which PyTorch takes a way of its own.
SIZES = [
    *({"size": size} for size in (1, 3, 6, 7, (4, 5), (8, 10), (2, 13))),
    *({"scale_factor": factor} for factor in (1, 2, 3, 0.5, 1.1, 2.126, (1.7, 2.6), (1 / 3, 2 / 3), (2.0, 0.75))),
]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("mode", MODES, ids=str)
def test_it_agrees_with_pytorch(mode, size):
    for shape in ((2, 3, 4, 5), (1, 1, 3, 9), (0, 2, 4, 5)):
        x = np.random.default_rng(0).standard_normal(shape)
        options = {**mode, **size}
        assert_agrees(*PAIR, lambda t, how=options: torch.nn.functional.interpolate(t, **how), x, **options)


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_it_agrees_with_pytorch_at_random_sizes(mode):
    rng = np.random.default_rng(0)
    for _ in range(60):
        x = rng.standard_normal((1, 2, *rng.integers(1, 9, 2)))
        size = tuple(int(n) for n in rng.integers(1, 20, 2))
        by_factor = {"scale_factor": tuple(float(f) for f in rng.uniform(1, 4, 2))}
        options = {**mode, **({"size": size} if rng.integers(2) else by_factor)}
        assert_agrees(*PAIR, lambda t, how=options: torch.nn.functional.interpolate(t, **how), x, **options)


def test_backward_is_the_transpose_of_forward():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 3, 4, 5))
    y, cache = PAIR[0](x, size=(7, 6), mode="bilinear")
    dy = rng.standard_normal(y.shape)
    np.testing.assert_allclose(np.sum(dy * y), np.sum(PAIR[1](dy, cache) * x), rtol=1e-12)


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_it_keeps_the_contract(mode):
    assert_keeps_contract(*PAIR, np.random.default_rng(0).standard_normal((2, 3, 4, 5)), size=(7, 3), **mode)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({}, ValueError, "exactly one of them"),
        ({"size": 2, "scale_factor": 2}, ValueError, "exactly one of them"),
        ({"size": 0}, ValueError, "1 or more"),
        ({"size": 2.5}, TypeError, "an int or a pair"),
        ({"scale_factor": 0}, ValueError, "above 0"),
        ({"scale_factor": float("nan")}, ValueError, "above 0"),
        ({"scale_factor": "2"}, TypeError, "a number or a pair"),
        ({"scale_factor": 0.1}, ValueError, "no cells"),
        ({"size": 2, "mode": "cubic"}, ValueError, "nearest"),
        ({"size": 2, "align_corners": False}, ValueError, "None is needed"),
        ({"size": 2, "mode": "bilinear", "align_corners": 1}, TypeError, "True or False"),
    ],
    ids=str,
)
def test_what_cannot_be_computed_has_a_clear_error(options, error, words):
    with pytest.raises(error, match=words):
        PAIR[0](np.ones((1, 1, 3, 3)), **options)


def test_a_wrong_upstream_gradient_has_a_clear_error():
    _, cache = PAIR[0](np.ones((1, 1, 3, 3)), size=6)
    with pytest.raises(ValueError, match="shape of y"):
        PAIR[1](np.ones((1, 1, 3, 3)), cache)
