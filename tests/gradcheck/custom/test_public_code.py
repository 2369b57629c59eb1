"""What gradcheck says of ops as public code has them: other layouts, several outputs, PyTorch's tensors."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import torch

from cnnlab import check
from cnnlab.gradcheck import gradcheck
from cnnlab.gradcheck.custom.axis_names import CHANNELS_FIRST, CHANNELS_LAST, name_axes_by_sizes

RNG = np.random.default_rng(21)
X, W = RNG.standard_normal((4, 3)), RNG.standard_normal((3, 2))


def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


def focal_loss(z, t):
    p = sigmoid(z)
    p_of_t = np.where(t == 1, p, 1 - p)
    return -((1 - p_of_t) ** 2 * np.log(p_of_t)).mean(), (p, p_of_t, t)


def focal_loss_backward(dy, cache, factor=1.0):
    p, p_of_t, t = cache
    slope = 2 * (1 - p_of_t) * np.log(p_of_t) - (1 - p_of_t) ** 2 / p_of_t
    return factor * dy * slope * np.where(t == 1, 1, -1) * p * (1 - p) / p.size


@pytest.mark.parametrize("seed", [41, 52])
def test_numbers_at_which_the_forward_loses_digits_are_no_mistake_of_the_backward(seed):
    rng = np.random.default_rng(seed)
    z, t = 2 * rng.standard_normal((4, 2)), rng.integers(0, 2, (4, 2))
    report = gradcheck(focal_loss, focal_loss_backward, z, t, seed=seed)
    assert report.passed, str(report)
    assert report.skipped["planned cases in which the forward loses digits"] == 1
    assert not gradcheck(focal_loss, functools.partial(focal_loss_backward, factor=1.001), z, t, seed=seed).passed


def test_a_case_of_larger_numbers_stays_where_the_forward_keeps_its_digits():
    report = gradcheck(lambda x, w: (x @ w, (x, w)), lambda dy, c: (dy @ c[1].T, c[0].T @ dy), X, W)
    assert "64 times as large" in [case.name for case in report.cases if case.verdict == "pass"]


def multiply(x, w):
    x, w = torch.from_numpy(x), torch.from_numpy(w)
    return (x @ w).numpy(), (x, w)


def multiply_backward(dy, cache, factor=1.0):
    x, w = cache
    with torch.no_grad():
        dy = torch.from_numpy(dy)
        return (dy @ w.t()).numpy(), (factor * x.t() @ dy).numpy()


def test_a_backward_may_compute_with_pytorch():
    assert gradcheck(multiply, multiply_backward, X, W).passed
    wrong = gradcheck(multiply, functools.partial(multiply_backward, factor=2.0), X, W)
    assert [cause.code for cause in wrong.causes] == ["scale"]


def differentiate(dy, cache):
    x, w = (a.clone().requires_grad_() for a in cache)
    return tuple(g.numpy() for g in torch.autograd.grad(x @ w, (x, w), torch.from_numpy(dy)))


def call_backward(dy, cache):
    x, w = (a.clone().requires_grad_() for a in cache)
    (x @ w).backward(torch.from_numpy(dy))
    return x.grad.numpy(), w.grad.numpy()


@pytest.mark.parametrize("backward", [differentiate, call_backward])
def test_a_backward_may_not_let_pytorch_differentiate(backward):
    assert gradcheck(multiply, backward, X, W).diagnosis_code == "borrowed"


@pytest.mark.parametrize(
    ("inputs", "wrt", "y_shape", "of_dy"),
    [
        ({"x": (2, 5, 5, 3), "w": (3, 3, 3, 4)}, "xw", (2, 3, 3, 4), CHANNELS_LAST),
        ({"x": (2, 3, 5, 5), "w": (4, 3, 3, 3)}, "xw", (2, 4, 3, 3), CHANNELS_FIRST),
        ({"x": (2, 4, 4, 3)}, "x", (2, 2, 2, 3), CHANNELS_LAST),
        ({"x": (2, 3, 4, 4)}, "x", (2, 3, 2, 2), CHANNELS_FIRST),
        ({"x": (2, 4, 5, 3), "g": (3,)}, "xg", (2, 4, 5, 3), CHANNELS_LAST),
        ({"x": (2, 3, 4, 5), "g": (3,)}, "xg", (2, 3, 4, 5), CHANNELS_FIRST),
        ({"x": (2, 3, 4, 5)}, "x", (2, 3, 4, 5), ("sample", *(f"index along axis {k}" for k in (1, 2, 3)))),
        ({"x": (3, 2)}, "x", (2, 3, 2), tuple(f"index along axis {k}" for k in range(3))),
        ({"a": (4, 5), "w": (3, 4)}, "aw", (3, 5), ("row", "column")),
        ({"x": (4, 5), "w": (5, 3)}, "xw", (4, 3), ("sample", "column")),
    ],
)
def test_axes_are_named_as_far_as_sizes_show_them(inputs, wrt, y_shape, of_dy):
    arrays = {name: np.zeros(shape) for name, shape in inputs.items()}
    assert name_axes_by_sizes(arrays, tuple(wrt), y_shape)["dy"] == of_dy


def upsample(x):
    return x.repeat(2, 1).repeat(2, 2)


def test_rows_and_columns_are_named_where_channels_come_last():
    report = gradcheck(upsample, lambda dy, x: dy[:, ::2, ::2].copy(), RNG.standard_normal((2, 3, 3, 2)))
    assert "that of the first row and column of dy" in report.diagnosis


def cell(x, h, c):
    """Two outputs in one array: axis 0 is no batch."""
    return np.stack([np.tanh(x * c) + h, c * x]), (x, h, c)


def test_the_first_of_two_stacked_outputs_is_no_sample():
    def backward(dy, cache):
        x, _, c = cache
        slope = dy[0] * (1 - np.tanh(x * c) ** 2)
        return slope * c, dy[0].copy(), slope * x

    report = gradcheck(cell, backward, X, X + 1, X - 0.5)
    assert not report.passed
    assert not any("sample" in cause.sentence for cause in report.causes)


def transposed(x, w):
    y = np.zeros((x.shape[0], w.shape[1], 2 * x.shape[2] + w.shape[2] - 2, 2 * x.shape[3] + w.shape[3] - 2))
    for i, j in np.ndindex(x.shape[2:]):
        y[:, :, 2 * i : 2 * i + w.shape[2], 2 * j : 2 * j + w.shape[3]] += np.einsum("nc,cfhw->nfhw", x[:, :, i, j], w)
    return y, (x, w)


def transposed_backward(dy, cache):
    x, w = cache
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i, j in np.ndindex(x.shape[2:]):
        part = dy[:, :, 2 * i : 2 * i + w.shape[2], 2 * j : 2 * j + w.shape[3]]
        dx[:, :, i, j] = np.einsum("nfhw,cfhw->nc", part, w)
        dw = np.einsum("nc,nfhw->cfhw", x[:, :, i, j], part)
    return dx, dw


def test_a_kernel_that_keeps_its_last_position_is_found_in_a_transposed_convolution():
    x, w = RNG.standard_normal((2, 2, 3, 3)), RNG.standard_normal((2, 3, 3, 3))
    report = gradcheck(transposed, transposed_backward, x, w)
    assert report.diagnosis_code == "accumulate"
    assert "that of the last row and column of dy" in report.diagnosis


def recur(x, h0):
    states = [h0]
    for t in range(x.shape[1]):
        states.append(np.tanh(x[:, t] + states[-1]))
    return np.stack(states[1:], 1), states


def forget_later_steps(dy, states):
    slopes = 1 - np.stack(states[1:], 1) ** 2
    return dy * slopes, dy[:, 0] * slopes[:, 0]


def test_steps_of_time_that_are_left_out_are_no_wrong_sign_of_assignment():
    report = gradcheck(recur, forget_later_steps, RNG.standard_normal((2, 4, 3)), X[:2])
    of_dx = next(cause.sentence for cause in report.causes if cause.gradient == "dx")
    assert "at the same index along axis 1 alone" in of_dx
    assert "+=" not in of_dx


def test_the_slope_of_a_loss_is_read_off_a_large_array():
    box = RNG.random((2, 3, 3, 7))

    def loss(pred, targets):
        return (targets["weight"] * (sigmoid(pred) - targets["box"]) ** 2).sum()

    def backward(dy, pred, targets):
        return 2 * dy * targets["weight"] * (sigmoid(pred) - targets["box"])

    report = gradcheck(loss, backward, RNG.standard_normal(box.shape), {"box": box, "weight": 5.0})
    assert "the slope is wrong" in report.diagnosis


def test_rows_of_a_table_that_are_picked_twice_are_added_twice():
    index = np.array([[0, 2, 2], [1, 2, 0]])

    def backward(dy, cache):
        shape, index = cache
        dtable = np.zeros(shape)
        dtable[index] += dy
        return dtable

    report = gradcheck(lambda table, index: (table[index], (table.shape, index)), backward, X, index)
    assert "np.add.at" in report.diagnosis
    assert "sample" not in report.diagnosis


def center(x, g):
    return (x - x.mean(1, keepdims=True)) * g, (x, g)


def center_without_scale(dy, cache):
    x, _ = cache
    return dy - dy.mean(1, keepdims=True), (dy * (x - x.mean(1, keepdims=True))).sum(0)


def test_a_scale_that_is_left_out_is_said_to_be_one():
    report = gradcheck(center, center_without_scale, X, 1.5 + RNG.random(3))
    assert "for g of 1 everywhere" in report.diagnosis


@pytest.mark.parametrize(
    ("forward", "backward", "call"),
    [
        (lambda x, w: (x @ w, (x, w)), lambda c, dy: (dy @ c[1].T, c[0].T @ dy), "backward(cache, dy)"),
        (lambda x, w: x @ w, lambda x, w, dy: (dy @ w.T, x.T @ dy), "backward(x, w, dy)"),
    ],
    ids=["a cache", "inputs"],
)
def test_a_backward_that_takes_dy_last_is_told_so(forward, backward, call):
    report = gradcheck(forward, backward, X, W)
    assert not report.passed
    assert f"called as {call} it is right in every case" in report.diagnosis


def test_another_error_says_nothing_of_the_order_of_arguments():
    report = gradcheck(lambda x, w: (x @ w, (x, w)), lambda c, dy: (dy @ c[1], c[0].T @ dy), X, W)
    assert "takes dy last" not in report.diagnosis


def test_a_forward_without_a_name_is_called_forward():
    class Layer:
        def __call__(self, x):
            raise ValueError("no")

    report = gradcheck(Layer(), lambda dy, x: dy, X)
    assert report.diagnosis.startswith("forward fails on the inputs given. ValueError: no, in __call__")


def test_a_forward_that_cannot_be_called_shows_no_line_of_the_checker():
    report = gradcheck(lambda x, w, b: x, lambda dy, x: dy, X)
    assert report.failure is not None
    assert not report.failure.frames


def convolve_without_dilation(x, w, b=None, *, stride=1, padding=0, groups=1):
    return x, (x, w)


def test_a_forward_without_an_option_is_told_its_own_call():
    report = check("conv2d", forward=convolve_without_dilation, backward=lambda dy, cache: dy)
    assert "The call is conv2d_forward(x, w, b, stride=" in report.diagnosis
    assert "conv2d_backward" not in report.diagnosis


def test_an_update_rule_of_other_arguments_is_told_the_call():
    report = check("momentum", step=lambda w, dw, config=None: (w - dw, config))
    assert "The call is momentum_step(param, grad, state, lr=..." in report.diagnosis


def test_a_cache_that_comes_first_is_told_the_order():
    with pytest.raises(TypeError, match=r"return \(y, cache\), in this order"):
        gradcheck(lambda x: ((x, x), x**2), lambda dy, cache: 2 * dy * cache[0], X)
