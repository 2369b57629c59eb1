"""The reference linear layer and flatten: PyTorch's numbers, the contract, and clear errors."""

import numpy as np
import pytest
import torch

from tests.solutions.agreement import assert_agrees, assert_keeps_contract, solution

LINEAR = solution("linear")


@pytest.mark.parametrize("front", [(4,), (1,), (0,), (), (2, 3), (2, 0), (2, 1, 3)], ids=str)
@pytest.mark.parametrize(("outputs", "inputs"), [(5, 3), (1, 1), (2, 0), (0, 2)])
@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no bias"])
def test_linear_agrees_with_pytorch(front, outputs, inputs, bias):
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((*front, inputs)), rng.standard_normal((outputs, inputs))
    b = rng.standard_normal(outputs) if bias else None
    assert_agrees(LINEAR.linear_forward, LINEAR.linear_backward, torch.nn.functional.linear, x, w, b)


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 4, 5), (1, 1, 1), (0, 3, 2), (2, 0, 3)], ids=str)
def test_flatten_agrees_with_pytorch(shape):
    x = np.random.default_rng(0).standard_normal(shape)
    assert_agrees(LINEAR.flatten_forward, LINEAR.flatten_backward, lambda t: torch.flatten(t, 1), x)


def test_flatten_reads_the_places_not_the_memory():
    x = np.arange(24.0).reshape(4, 3, 2).T  # its memory runs the other way
    y, _ = LINEAR.flatten_forward(x)
    np.testing.assert_array_equal(y, [image.ravel() for image in x])


def test_they_keep_the_contract():
    x, w, b = np.ones((2, 3)), np.ones((4, 3)), np.ones(4)
    assert_keeps_contract(LINEAR.linear_forward, LINEAR.linear_backward, x, w, b)
    assert_keeps_contract(LINEAR.flatten_forward, LINEAR.flatten_backward, np.ones((2, 3, 4)), view=True)


SAMPLES, WEIGHTS, BIAS = np.zeros((2, 3)), np.zeros((4, 3)), np.zeros(4)


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        (([[1.0]], WEIGHTS), TypeError, "x is a list; a NumPy array is needed"),
        ((SAMPLES.astype(int), WEIGHTS), TypeError, "x has dtype int64; floating-point numbers are needed"),
        ((np.array(1.0), WEIGHTS), ValueError, "x has shape (), 0 axes; 1 axes or more are needed"),
        ((SAMPLES[:, :2], WEIGHTS), ValueError, "x has shape (2, 2); 3 on its last axis is needed: w has shape (4, 3)"),
        ((SAMPLES, WEIGHTS[0]), ValueError, "w has shape (3,), 1 axes; 2 axes are needed"),
        ((SAMPLES, WEIGHTS.astype(bool)), TypeError, "w has dtype bool; floating-point numbers are needed"),
        ((SAMPLES, WEIGHTS, BIAS[:3]), ValueError, "b has shape (3,); (4,) is needed: one number for each"),
        ((SAMPLES, WEIGHTS, BIAS[:, None]), ValueError, "b has shape (4, 1), 2 axes; 1 axes are needed"),
        ((SAMPLES, WEIGHTS, 0.0), TypeError, "b is a float; a NumPy array is needed"),
    ],
)
def test_what_linear_refuses(arguments, error, says):
    with pytest.raises(error) as raised:
        LINEAR.linear_forward(*arguments)
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("x", "error", "says"),
    [
        (np.zeros(3), ValueError, "x has shape (3,), 1 axes; 2 axes or more are needed"),
        (np.zeros((2, 3), complex), TypeError, "x has dtype complex128; floating-point numbers are needed"),
        (None, TypeError, "x is a NoneType; a NumPy array is needed"),
    ],
)
def test_what_flatten_refuses(x, error, says):
    with pytest.raises(error) as raised:
        LINEAR.flatten_forward(x)
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("dy", "error", "says"),
    [
        (np.zeros((2, 3)), ValueError, "dy has shape (2, 3); (2, 4) is needed: the shape of y"),
        (np.zeros(4), ValueError, "dy has shape (4,); (2, 4) is needed: the shape of y"),
        (np.zeros((2, 4), int), TypeError, "dy has dtype int64; floating-point numbers are needed"),
        (1.0, TypeError, "dy is a float; a NumPy array is needed"),
    ],
)
def test_an_upstream_gradient_that_does_not_fit(dy, error, says):
    for backward, cache in (
        (LINEAR.linear_backward, LINEAR.linear_forward(SAMPLES, WEIGHTS)[1]),
        (LINEAR.flatten_backward, LINEAR.flatten_forward(np.zeros((2, 2, 2)))[1]),
    ):
        with pytest.raises(error) as raised:
            backward(dy, cache)
        assert says in str(raised.value)
