"""The reference residual block: PyTorch's numbers, the contract, and clear errors."""

import numpy as np
import pytest
import torch

from tests.solutions.agreement import assert_agrees, assert_keeps_contract, solution

RESIDUAL = solution("residual")
PAIR = (RESIDUAL.residual_block_forward, RESIDUAL.residual_block_backward)


def draw(rng, n=3, depth=2, hidden=4):
    return [rng.standard_normal(s) for s in ((n, depth), (hidden, depth), (hidden,), (depth, hidden), (depth,))]


def test_it_agrees_with_pytorch_at_random_sizes():
    rng = np.random.default_rng(0)

    def theirs(x, w1, b1, w2, b2):
        return x + torch.nn.functional.linear(torch.relu(torch.nn.functional.linear(x, w1, b1)), w2, b2)

    for _ in range(40):
        assert_agrees(*PAIR, theirs, *draw(rng, *rng.integers(1, 9, 3)))
    assert_agrees(*PAIR, theirs, *draw(rng, 0, 3, 2))


def test_it_keeps_the_contract():
    assert_keeps_contract(*PAIR, *draw(np.random.default_rng(0)))


def test_a_block_of_zeros_passes_everything():
    x, *others = draw(np.random.default_rng(0))
    y, cache = PAIR[0](x, *(np.zeros_like(a) for a in others))
    np.testing.assert_array_equal(y, x)
    np.testing.assert_array_equal(PAIR[1](x, cache)[0], x)


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({0: np.ones(2)}, ValueError, "x has"),
        ({0: np.ones((3, 2), int)}, TypeError, "x"),
        ({1: np.ones((4, 3))}, ValueError, "a column for each column of x"),
        ({2: np.ones(3)}, ValueError, "one number for each row of w1"),
        ({3: np.ones((4, 2))}, ValueError, "a row for each column of x"),
        ({4: np.ones(4)}, ValueError, "one number for each row of w2"),
    ],
    ids=["axes of x", "whole numbers", "w1", "b1", "w2", "b2"],
)
def test_what_does_not_fit_has_a_clear_error(changed, error, words):
    inputs = draw(np.random.default_rng(0))
    for place, value in changed.items():
        inputs[place] = value
    with pytest.raises(error, match=words):
        PAIR[0](*inputs)


def test_a_wrong_upstream_gradient_has_a_clear_error():
    _, cache = PAIR[0](*draw(np.random.default_rng(0)))
    with pytest.raises(ValueError, match="shape of y"):
        PAIR[1](np.ones((2, 2)), cache)
