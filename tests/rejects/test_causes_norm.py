"""Normalisation, dropout and penalties: a report names the cause of each mistake that chapter 13 speaks of."""

import numpy as np
import pytest

from cnnlab import check
from tests.rejects.norm import pieces

DX = {
    "gamma after": (
        "layer_norm",
        lambda p: p.g * (p.d - p.mean(p.d) - p.x * p.mean(p.d * p.x)) / p.std,
        "gamma after the means",
    ),
    "gamma twice": (
        "group_norm",
        lambda p: p.g * (p.dx_hat - p.mean(p.dx_hat) - p.x * p.mean(p.dx_hat * p.x)) / p.std,
        "gamma twice",
    ),
    "eps once more, under the root": (
        "batch_norm",
        lambda p: usual(p) * p.std / np.sqrt(p.std**2 + 1e-5),
        "adds eps under the root once more",
    ),
    "eps once more, in x_hat too": (
        "layer_norm",
        lambda p: usual(p, p.x * p.std / (p.std + 1e-5)) * p.std / (p.std + 1e-5),
        "adds eps to std once more",
    ),
    "unbiased": (
        "batch_norm",
        lambda p: usual(p) / np.sqrt(p.m / (p.m - 1)),
        "variance that divides by m − 1",
    ),
    "both sums by m − 1": (
        "layer_norm",
        lambda p: (p.dx_hat - (p.mean(p.dx_hat) + p.x * p.mean(p.dx_hat * p.x)) * p.m / (p.m - 1)) / p.std,
        "divides its sums by m − 1",
    ),
    "axis 0": ("batch_norm", lambda p: over(p, (0,)), "over axis 0 alone"),
    "positions": ("batch_norm", lambda p: over(p, tuple(range(2, p.d.ndim)) or (0,)), "over the positions alone"),
    "all axes": ("batch_norm", lambda p: over(p, tuple(range(p.d.ndim))), "over all axes"),
    "no mean": (
        "batch_norm",
        lambda p: (p.dx_hat - p.x * p.mean(p.dx_hat * p.x)) / p.std,
        "lacks the share of the mean",
    ),
    "no variance": ("layer_norm", lambda p: (p.dx_hat - p.mean(p.dx_hat)) / p.std, "lacks the share of the variance"),
    "mean of dy": (
        "layer_norm",
        lambda p: (p.dx_hat - p.mean(p.d) - p.x * p.mean(p.dx_hat * p.x)) / p.std,
        "share of the mean from dy",
    ),
}


def usual(p, x=None):
    x = p.x if x is None else x
    return (p.dx_hat - p.mean(p.dx_hat) - x * p.mean(p.dx_hat * x)) / p.std


def over(p, axes):
    how = {"axis": axes, "keepdims": True}
    return (p.dx_hat - p.dx_hat.mean(**how) - p.x * (p.dx_hat * p.x).mean(**how)) / p.std


@pytest.mark.parametrize("name", DX)
def test_the_cause_of_a_wrong_dx_is_named(name):
    op, dx, words = DX[name]

    def backward(dy, cache):
        p = pieces(op, dy, cache)
        return dx(p).reshape(dy.shape), p.total(p.d * p.x), p.total(p.d)

    [cause] = check(f"{op}_backward", function=backward, torch=False).causes
    assert words in cause.sentence


#: Wrong standard deviations of a backward that has var and eps, and what is said of each.
DEVIATIONS = {
    "missing": (lambda v, e: np.sqrt(v), "leaves eps out"),
    "outside": (lambda v, e: np.sqrt(v) + e, "eps belongs under the root"),
    "twice": (lambda v, e: np.sqrt(v + 2 * e), "under the root once more"),
}


def forward(x, gamma, beta, *, eps=1e-5):
    axes = (0, *range(2, x.ndim))
    lay = (-1, *[1] * (x.ndim - 2))
    centred, var = x - x.mean(axis=axes, keepdims=True), x.var(axis=axes, keepdims=True)
    y = gamma.reshape(lay) * centred / np.sqrt(var + eps) + beta.reshape(lay)
    return y.astype(x.dtype), (centred, var, eps, gamma.reshape(lay), axes)


@pytest.mark.parametrize("place", ["everywhere", "variance", "rest"])
@pytest.mark.parametrize("deviation", DEVIATIONS)
def test_eps_in_a_wrong_place_is_named_where_a_pair_keeps_it(deviation, place):
    std, words = DEVIATIONS[deviation]

    def backward(dy, cache):
        centred, var, eps, gamma, axes = cache
        right, wrong = np.sqrt(var + eps), std(var, eps)
        first = wrong if place in ("everywhere", "rest") else right
        second = wrong if place in ("everywhere", "variance") else right
        d, how = dy * gamma, {"axis": axes, "keepdims": True}
        with np.errstate(all="ignore"):
            dc = d / first - centred * (d * centred).mean(**how) / second**3
            dx = dc - dc.mean(**how)
        dgamma = (dy * centred / right).sum(axis=axes)
        return tuple(a.astype(dy.dtype) for a in (dx, dgamma, dy.sum(axis=axes)))

    causes = check("batch_norm", forward=forward, backward=backward, torch=False).causes
    assert words in causes[0].sentence
    assert ("share of the variance" in causes[0].sentence) == (place != "everywhere")


OTHERS = {
    "dropout 1/p": (
        "dropout_backward",
        lambda dy, c: dy * c.mask * np.divide(1.0, 1 - 1 / c.scale) if c.scale else 0 * dy,
        "scaled by 1/p",
    ),
    "dropout mean of the mask": (
        "dropout_backward",
        lambda dy, c: dy * c.mask / max(c.mask.mean(), 1e-9),
        "the share that this mask kept",
    ),
    "l1 at 0": ("l1_penalty_backward", lambda dy, c: dy * c.strength * c.w / np.abs(c.w), "w/|w| is 0/0"),
    "l2 twice": ("l2_penalty_backward", lambda dy, c: 2 * dy * c.strength * c.w, "its half takes the 2 away"),
    "l2 half": ("l2_penalty_backward", lambda dy, c: dy * c.strength / 2 * c.w, "its 2 is missing"),
    "l2 root": (
        "l2_penalty_backward",
        lambda dy, c: dy * c.strength * c.w / np.sqrt((c.w**2).sum()),
        "without a root",
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_the_cause_is_named(name):
    exercise, function, words = OTHERS[name]

    def quiet(dy, cache):
        with np.errstate(all="ignore"):
            return function(dy, cache)

    assert words in check(exercise, function=quiet, torch=False).causes[0].sentence
