"""The reference activations: PyTorch's numbers, also far from zero, the contract, and clear errors."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from tests.solutions.agreement import assert_agrees, assert_keeps_contract, solution

ACTIVATIONS = solution("activations")

#: An activation with options, and PyTorch's.
CASES = [
    pytest.param("relu", {}, functional.relu, id="relu"),
    pytest.param("leaky_relu", {}, functional.leaky_relu, id="leaky_relu"),
    *[
        pytest.param("leaky_relu", {"negative_slope": s}, lambda x, s=s: functional.leaky_relu(x, s), id=f"slope {s}")
        for s in (0.2, 0, 1.5, -0.5)
    ],
    pytest.param("sigmoid", {}, torch.sigmoid, id="sigmoid"),
    pytest.param("tanh", {}, torch.tanh, id="tanh"),
    pytest.param("gelu", {}, lambda x: functional.gelu(x, approximate="tanh"), id="gelu"),
    pytest.param("softmax", {}, lambda x: functional.softmax(x, -1), id="softmax"),
]
ENTRYWISE = ("relu", "leaky_relu", "sigmoid", "tanh", "gelu")


def pair(name):
    return getattr(ACTIVATIONS, f"{name}_forward"), getattr(ACTIVATIONS, f"{name}_backward")


@pytest.mark.parametrize(("name", "options", "theirs"), CASES)
@pytest.mark.parametrize("shape", [(3,), (4, 3), (2, 3, 4, 5), (1, 1), (0, 3), (2, 0)], ids=str)
def test_they_agree_with_pytorch(name, options, theirs, shape):
    assert_agrees(*pair(name), theirs, 3 * np.random.default_rng(0).standard_normal(shape), **options)


@pytest.mark.parametrize(("name", "options", "theirs"), CASES)
@pytest.mark.parametrize("far", [0.0, 1e-300, 40.0, 1e4, 1e307])
def test_they_agree_with_pytorch_at_zero_and_far_from_it(name, options, theirs, far):
    far = min(far, 1e150) if name == "gelu" else far  # x² overflows in PyTorch's backward pass, which gives NaN
    assert_agrees(*pair(name), theirs, np.array([[-far, far, 1.0], [-far, -far, -far]]), **options)


@pytest.mark.parametrize("dim", [0, 1, 2, 3, -1, -2, -3, -4])
@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (0, 3, 1, 2), (3, 0, 2, 2)], ids=str)
def test_softmax_agrees_with_pytorch_along_every_axis(dim, shape):
    x = np.random.default_rng(0).standard_normal(shape)
    assert_agrees(*pair("softmax"), lambda t: functional.softmax(t, dim), x, dim=dim)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", [*ENTRYWISE, "softmax"])
def test_saturation_gives_neither_nan_nor_a_warning(name, dtype):
    forward, backward = pair(name)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y, cache = forward(np.array([[-1e4, 0, 1e4], [1e4, 1e4, 1e4]], dtype))
        assert np.isfinite(y).all()
        assert np.isfinite(backward(np.ones_like(y), cache)).all()


def test_a_small_sigmoid_keeps_its_digits():
    y, _ = ACTIVATIONS.sigmoid_forward(np.array([-700.0]))
    np.testing.assert_allclose(y, np.exp([-700.0]), rtol=1e-13)


def test_at_the_kink_relu_takes_zero():
    zeros = np.array([0.0, -0.0])
    _, cache = ACTIVATIONS.relu_forward(zeros)
    np.testing.assert_array_equal(ACTIVATIONS.relu_backward(np.ones(2), cache), [0, 0])


@pytest.mark.parametrize("name", ENTRYWISE)
def test_a_single_number_is_an_array_without_axes(name):
    forward, backward = pair(name)
    row, number = np.array([-0.7]), np.array(-0.7)
    (y_row, cache_row), (y, cache) = forward(row), forward(number)
    assert np.shape(y) == () and y == y_row[0]
    assert backward(np.array(2.0), cache) == backward(np.array([2.0]), cache_row)[0]


@pytest.mark.parametrize("name", [*ENTRYWISE, "softmax"])
def test_they_keep_the_contract(name):
    assert_keeps_contract(*pair(name), np.array([[-1.0, 0, 2], [3, -4, 5]]))


def test_an_option_does_not_widen_the_dtype():
    x = np.array([-1, 1], np.float32)
    y, cache = ACTIVATIONS.leaky_relu_forward(x, negative_slope=np.float64(0.1))
    assert y.dtype == ACTIVATIONS.leaky_relu_backward(x, cache).dtype == np.float32


@pytest.mark.parametrize("name", [*ENTRYWISE, "softmax"])
@pytest.mark.parametrize(
    ("x", "error", "says"),
    [
        ([1.0, 2.0], TypeError, "x is a list; a NumPy array is needed"),
        (np.array([1, 2]), TypeError, "x has dtype int64; floating-point numbers are needed"),
    ],
)
def test_what_is_no_array_of_numbers(name, x, error, says):
    with pytest.raises(error, match=says):
        pair(name)[0](x)


@pytest.mark.parametrize(
    ("name", "x", "options", "error", "says"),
    [
        (
            "leaky_relu",
            np.zeros(2),
            {"negative_slope": "0.1"},
            TypeError,
            "negative_slope is '0.1'; a number is needed",
        ),
        ("leaky_relu", np.zeros(2), {"negative_slope": True}, TypeError, "negative_slope is True; a number is needed"),
        ("leaky_relu", np.zeros(2), {"negative_slope": np.zeros(2)}, TypeError, "a number is needed"),
        ("softmax", np.zeros((2, 3)), {"dim": 2}, ValueError, "dim is 2; -2 to 1 is needed: x has shape (2, 3)"),
        ("softmax", np.zeros((2, 3)), {"dim": -3}, ValueError, "dim is -3; -2 to 1 is needed"),
        ("softmax", np.zeros((2, 3)), {"dim": 1.0}, TypeError, "dim is 1.0; an int is needed"),
        ("softmax", np.zeros((2, 3)), {"dim": None}, TypeError, "dim is None; an int is needed"),
        ("softmax", np.array(1.0), {}, ValueError, "x has shape (), 0 axes; 1 axes or more are needed"),
    ],
)
def test_options_that_do_not_fit(name, x, options, error, says):
    with pytest.raises(error) as raised:
        pair(name)[0](x, **options)
    assert says in str(raised.value)


@pytest.mark.parametrize("name", [*ENTRYWISE, "softmax"])
def test_an_upstream_gradient_that_does_not_fit(name):
    forward, backward = pair(name)
    _, cache = forward(np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"dy has shape \(3,\); \(2, 3\) is needed: the shape of y"):
        backward(np.zeros(3), cache)
    with pytest.raises(TypeError, match="dy has dtype bool; floating-point numbers are needed"):
        backward(np.zeros((2, 3), bool), cache)


def test_gelu_refuses_the_exact_form():
    with pytest.raises(ValueError, match="approximate is 'none'; 'tanh' is needed"):
        ACTIVATIONS.gelu_forward(np.zeros(2), approximate="none")


def test_gelu_neither_overflows_nor_warns_at_the_largest_numbers():
    x = np.array([-1.7e308, 1.7e308])
    with np.errstate(over="raise", invalid="raise"):
        y, cache = ACTIVATIONS.gelu_forward(x)
        np.testing.assert_array_equal(y / x, [0, 1])
        np.testing.assert_array_equal(ACTIVATIONS.gelu_backward(np.ones(2), cache), [0, 1])
