"""gradcheck() passes what is right however it is written, and sees what is wrong beside it."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlab.gradcheck import gradcheck
from cnnlab.gradcheck.render.html import to_html

RNG = np.random.default_rng(0)
X, W = RNG.standard_normal((4, 3)), RNG.standard_normal((3, 2))
LABELS = np.eye(3)[[0, 2, 1, 1]]


def narrow(x):
    return x.astype(np.float32)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


IN_FLOAT32 = {
    "linear": (
        lambda x, w: (narrow(x) @ narrow(w)).astype(float),
        lambda dy, x, w: (dy @ w.T, x.T @ dy),
        (X, W),
    ),
    "tanh": (lambda x: np.tanh(narrow(x)).astype(float), lambda dy, x: dy * (1 - np.tanh(x) ** 2), (X,)),
    "relu": (lambda x: np.maximum(narrow(x), 0).astype(float), lambda dy, x: dy * (x > 0), (X,)),
    "a mean in float64 of sigmoids in float32": (
        lambda x: sigmoid(narrow(x)).astype(float).mean(1) * x.shape[1],
        lambda dy, x: dy[:, None] * sigmoid(x) * (1 - sigmoid(x)),
        (X,),
    ),
    "both in float32": (
        lambda x: (narrow(x) ** 2).astype(float),
        lambda dy, x: (2 * narrow(dy) * narrow(x)).astype(float),
        (X,),
    ),
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("forward", "backward", "inputs"), IN_FLOAT32.values(), ids=IN_FLOAT32)
def test_arithmetic_in_float32_inside_is_no_mistake(forward, backward, inputs, seed):
    report = gradcheck(forward, backward, *inputs, seed=seed)
    assert report.passed, report.diagnosis


@pytest.mark.parametrize("factor", [1.01, 0.5, -1.0])
@pytest.mark.parametrize(("forward", "backward", "inputs"), IN_FLOAT32.values(), ids=IN_FLOAT32)
def test_a_wrong_factor_beside_float32_is_seen(forward, backward, inputs, factor):
    def wrong(dy, *given):
        return backward(factor * dy, *given)

    assert not gradcheck(forward, wrong, *inputs).passed


class Layer:
    """Keeps what it needs, and its gradient, as attributes."""

    def __init__(self, w):
        self.w = w

    def forward(self, x):
        self.x = x
        return x @ self.w

    def backward(self, dy, divide_by=1):
        self.dw = self.x.T @ dy / divide_by
        return dy @ self.w.T


def layer_forward(x, w):
    layer = Layer(w)
    return layer.forward(x), layer


def test_a_layer_may_be_the_cache():
    assert gradcheck(layer_forward, lambda dy, layer: (layer.backward(dy), layer.dw), X, W).passed
    wrong = gradcheck(layer_forward, lambda dy, layer: (layer.backward(dy, 2), layer.dw), X, W)
    assert wrong.diagnosis_code == "scale"


def test_a_layer_as_the_cache_may_not_write_into_its_arrays():
    def backward(dy, layer):
        layer.x *= 2
        return layer.backward(dy) + 0, layer.dw / 2

    assert gradcheck(layer_forward, backward, X, W).diagnosis_code == "mutation"


@pytest.mark.parametrize("in_place", [False, True])
def test_a_dict_of_settings_is_copied_for_each_call(in_place):
    def norm(x, gamma, settings):
        mean, std = x.mean(0), np.sqrt(x.var(0) + 1e-5)
        running = settings["mean"]
        if in_place:
            running *= 0.9
            running += 0.1 * mean
        else:
            settings["mean"] = 0.9 * running + 0.1 * mean
        return gamma * (x - mean) / std, ((x - mean) / std, std, gamma)

    def backward(dy, cache):
        x_hat, std, gamma = cache
        d = dy * gamma
        return (d - d.mean(0) - x_hat * (d * x_hat).mean(0)) / std, (dy * x_hat).sum(0)

    mine = {"mean": np.zeros(3), "mode": "train"}
    report = gradcheck(norm, backward, X, np.ones(3) + X[0], mine, wrt=(0, 1))
    assert report.passed, report.diagnosis
    assert list(mine) == ["mean", "mode"]
    assert not mine["mean"].any()


@pytest.mark.parametrize("kind", [int, float])
def test_labels_are_not_cut(kind):
    def loss(z, labels):
        return -(labels * np.log(softmax(z))).sum(1).mean()

    report = gradcheck(loss, lambda dy, z, t: dy * (softmax(z) - t) / len(z), X, LABELS.astype(kind), wrt="z")
    assert report.passed, report.diagnosis
    assert not gradcheck(loss, lambda dy, z, t: dy * (softmax(z) - t), X, LABELS.astype(kind), wrt="z").passed


def test_labels_that_are_closed_over_are_not_cut():
    def loss(z):
        return -(LABELS * np.log(softmax(z))).sum(1).mean()

    report = gradcheck(loss, lambda dy, z: dy * (softmax(z) - LABELS) / len(z), X)
    assert report.passed, report.diagnosis


def test_a_generator_draws_the_same_in_each_call():
    def dropout(x, *, rng):
        mask = rng.random(x.shape) < 0.5
        return 2 * x * mask, mask

    options = {"rng": np.random.default_rng(3)}
    assert gradcheck(dropout, lambda dy, mask: 2 * dy * mask, X, options=options).passed
    assert not gradcheck(dropout, lambda dy, mask: dy * mask, X, options=options).passed


def test_global_random_numbers_begin_anew_in_each_call():
    def dropout(x):
        mask = np.random.rand(*x.shape) < 0.5  # noqa: NPY002  # as most code has it
        return 2 * x * mask, mask

    np.random.seed(5)  # noqa: NPY002
    after = np.random.rand()  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    assert gradcheck(dropout, lambda dy, mask: 2 * dy * mask, X).passed
    assert not gradcheck(dropout, lambda dy, mask: dy * mask, X).passed
    assert np.random.rand() == after  # noqa: NPY002


def test_the_report_says_what_was_tried():
    report = gradcheck(lambda x, *, power: x**power, lambda dy, x, *, power: power * x * dy, X, options={"power": 2})
    assert report.tried is not None
    assert report.tried.startswith("x (4, 3)")
    assert "power=2" in report.tried
    assert report.tried.split(",")[0] in " ".join(str(report).split())


def test_what_is_right_for_the_given_inputs_alone_speaks_of_no_chapter():
    def backward(dy, x):
        return 2 * x * dy + (x == 0).any() * dy

    report = gradcheck(lambda x: (x**2, x), backward, X)
    assert report.core and not report.passed
    for text in (str(report), to_html(report)):
        assert "right for inputs like yours" in text
        assert "this chapter" not in text
