"""The reference recurrent network: PyTorch's numbers, the contract, and clear errors."""

import numpy as np
import pytest
import torch

from tests.solutions.agreement import assert_agrees, assert_keeps_contract, solution

RECURRENT = solution("recurrent")
PAIR = (RECURRENT.rnn_forward, RECURRENT.rnn_backward)


def draw(rng, n=2, times=4, inputs=3, units=5):
    shapes = ((n, times, inputs), (n, units), (units, inputs), (units, units), (units,))
    return [rng.standard_normal(shape) for shape in shapes]


def run_torchs(x, h0, w_ih, w_hh, b):
    """torch.nn.RNN, whose second bias is 0."""
    layer = torch.nn.RNN(x.shape[2], h0.shape[1], batch_first=True).double()
    weights = {"weight_ih_l0": w_ih, "weight_hh_l0": w_hh, "bias_ih_l0": b, "bias_hh_l0": torch.zeros_like(b)}
    return torch.func.functional_call(layer, weights, (x, h0[None]))[0]


def test_it_agrees_with_pytorch_at_random_sizes():
    rng = np.random.default_rng(0)
    for _ in range(40):
        assert_agrees(*PAIR, run_torchs, *draw(rng, *rng.integers(1, 7, 4)), atol=1e-10)


def test_it_agrees_with_pytorch_on_a_long_sequence():
    assert_agrees(*PAIR, run_torchs, *draw(np.random.default_rng(0), times=60), atol=1e-8)


def test_it_keeps_the_contract():
    assert_keeps_contract(*PAIR, *draw(np.random.default_rng(0)))


def test_saturated_units_send_nothing_back():
    inputs = draw(np.random.default_rng(0))
    inputs[4] = np.full_like(inputs[4], 1e3)
    y, cache = PAIR[0](*inputs)
    assert np.array_equal(y, np.ones_like(y))
    assert not any(grad.any() for grad in PAIR[1](np.ones_like(y), cache))


@pytest.mark.parametrize(
    ("place", "value", "error", "words"),
    [
        (0, np.ones((2, 3)), ValueError, "x has"),
        (0, np.ones((2, 4, 3), int), TypeError, "x"),
        (1, np.ones((3, 5)), ValueError, "a row for each sequence"),
        (2, np.ones((5, 2)), ValueError, "a column for each input"),
        (3, np.ones((5, 4)), ValueError, "a row and a column for each unit"),
        (4, np.ones(4), ValueError, "one number for each unit"),
    ],
    ids=["axes of x", "whole numbers", "h0", "w_ih", "w_hh", "b"],
)
def test_what_does_not_fit_has_a_clear_error(place, value, error, words):
    inputs = draw(np.random.default_rng(0))
    inputs[place] = value
    with pytest.raises(error, match=words):
        PAIR[0](*inputs)


def test_a_wrong_upstream_gradient_has_a_clear_error():
    _, cache = PAIR[0](*draw(np.random.default_rng(0)))
    with pytest.raises(ValueError, match="shape of y"):
        PAIR[1](np.ones((2, 4, 3)), cache)
