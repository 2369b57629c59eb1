"""Chapter 13: the formulas of normalisation, and the wrong ones that people really write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod

import numpy as np


@dataclass(frozen=True)
class Pieces:
    """What the formulas of a normalisation are made of, each of x's shape; numbers of one set are along `axes`.

    Groups of channels have an axis of their own here.   features: the axes that gamma is summed over.
    """

    x: np.ndarray
    dy: np.ndarray
    gamma: np.ndarray
    eps: float
    axes: tuple[int, ...]
    features: tuple[int, ...]
    shape: tuple[int, ...]

    def mean(self, a: np.ndarray) -> np.ndarray:
        return a.mean(axis=self.axes, keepdims=True)

    @property
    def m(self) -> int:
        """How many numbers there are in a set."""
        return prod(self.x.shape[a] for a in self.axes)

    @property
    def var(self) -> np.ndarray:
        return self.x.var(axis=self.axes, keepdims=True)

    @property
    def std(self) -> np.ndarray:
        return np.sqrt(self.var + self.eps)

    @property
    def x_hat(self) -> np.ndarray:
        return (self.x - self.mean(self.x)) / self.std

    @property
    def dx_hat(self) -> np.ndarray:
        return self.dy * self.gamma


Formula = Callable[[Pieces], np.ndarray]


def _gradient_of_x(p: Pieces, d: np.ndarray, mean: float = 1.0, var: float | np.ndarray = 1.0) -> np.ndarray:
    """The right dx for mean = var = 1: without the share of the mean, or of the variance, for 0."""
    return (d - mean * p.mean(d) - var * p.x_hat * p.mean(d * p.x_hat)) / p.std


def _divide_by(p: Pieces, std: np.ndarray) -> np.ndarray:
    """The right dx with another standard deviation in its last division."""
    with np.errstate(all="ignore"):
        return _gradient_of_x(p, p.dx_hat) * p.std / std


def _rebuild_with(p: Pieces, std: np.ndarray) -> np.ndarray:
    """dx with another standard deviation in the last division and in x_hat."""
    with np.errstate(all="ignore"):
        x_hat = (p.x - p.mean(p.x)) / std
        return (p.dx_hat - p.mean(p.dx_hat) - x_hat * p.mean(p.dx_hat * x_hat)) / std


def _divide_all_but_variance_by(p: Pieces, std: np.ndarray) -> np.ndarray:
    """dx with another standard deviation everywhere but in the share of the variance."""
    with np.errstate(all="ignore"):
        return (p.dx_hat - p.mean(p.dx_hat)) / std - p.x_hat * p.mean(p.dx_hat * p.x_hat) / p.std


def _take_variance_with(p: Pieces, std: np.ndarray) -> np.ndarray:
    """dx with another standard deviation in the share of the variance alone, which has its third power."""
    centred = p.x - p.mean(p.x)
    with np.errstate(all="ignore"):
        return (p.dx_hat - p.mean(p.dx_hat)) / p.std - centred * p.mean(p.dx_hat * centred) / std**3


def _gradient_of_x_over(p: Pieces, axes: tuple[int, ...]) -> np.ndarray:
    """dx with the means of the backward pass over other axes than those of the forward pass.

    Raises ValueError where there are none.
    """
    if not axes:
        raise ValueError("x has none of these axes")
    d, x_hat = p.dx_hat, p.x_hat
    first = d.mean(axis=axes, keepdims=True)
    second = (d * x_hat).mean(axis=axes, keepdims=True)
    return (d - first - x_hat * second) / p.std


#: Wrong formulas of dx: sentence -> formula.
OF_DX: dict[str, Formula] = {
    "dx is dx_hat/std: mean and variance depend on x too, so two terms are missing.": lambda p: _gradient_of_x(
        p, p.dx_hat, 0, 0
    ),
    "dx lacks the share of the variance: it depends on every x of the set, and adds −x_hat · mean(dx_hat · x_hat).": (
        lambda p: _gradient_of_x(p, p.dx_hat, var=0)
    ),
    "dx lacks the share of the mean: it depends on every x of the set, and adds −mean(dx_hat).": (
        lambda p: _gradient_of_x(p, p.dx_hat, mean=0)
    ),
    "dx lacks gamma: y = gamma · x_hat + beta, so dx_hat is dy · gamma.": lambda p: _gradient_of_x(p, p.dy),
    "dx takes the shares of mean and variance from dy and not from dx_hat = dy · gamma.": (
        lambda p: (p.dx_hat - p.mean(p.dy) - p.x_hat * p.mean(p.dy * p.x_hat)) / p.std
    ),
    "dx takes the share of the mean from dy and not from dx_hat = dy · gamma.": (
        lambda p: (p.dx_hat - p.mean(p.dy) - p.x_hat * p.mean(p.dx_hat * p.x_hat)) / p.std
    ),
    "dx takes the share of the variance from dy and not from dx_hat = dy · gamma.": (
        lambda p: (p.dx_hat - p.mean(p.dx_hat) - p.x_hat * p.mean(p.dy * p.x_hat)) / p.std
    ),
    "dx has gamma after the means: gamma differs within a set, so it is taken in before, dx_hat = dy · gamma.": (
        lambda p: p.gamma * _gradient_of_x(p, p.dy)
    ),
    "dx has gamma twice, before the means and after them: dx_hat = dy · gamma has it already.": (
        lambda p: p.gamma * _gradient_of_x(p, p.dx_hat)
    ),
    "dx adds the share of the variance: it is taken off.": lambda p: _gradient_of_x(p, p.dx_hat, var=-1),
    "dx adds the share of the mean: it is taken off.": lambda p: _gradient_of_x(p, p.dx_hat, mean=-1),
    "dx takes sums where means belong: each x has a share of 1/m in mean and variance of a set of m.": (
        lambda p: _gradient_of_x(p, p.dx_hat, p.m, p.m)
    ),
    "dx divides by m − 1: the variance here is the mean over all m numbers of a set.": (
        lambda p: _gradient_of_x(p, p.dx_hat, var=p.m / max(p.m - 1, 1))
    ),
    "dx divides its sums by m − 1: they are means over all m numbers of a set.": (
        lambda p: _gradient_of_x(p, p.dx_hat, p.m / max(p.m - 1, 1), p.m / max(p.m - 1, 1))
    ),
    "dx divides the sum of dx_hat by m − 1: it is the mean over all m numbers of a set.": (
        lambda p: _gradient_of_x(p, p.dx_hat, p.m / max(p.m - 1, 1))
    ),
    "dx takes off all that lies along x_hat, as if eps were 0: with eps, mean(x_hat²) is less than 1.": (
        lambda p: _gradient_of_x(p, p.dx_hat, var=1 / np.where(p.mean(p.x_hat**2) > 0, p.mean(p.x_hat**2), 1))
    ),
    "dx has x − mean where x_hat belongs in the share of the variance: a division by std is missing.": (
        lambda p: (p.dx_hat - p.mean(p.dx_hat) - (p.x - p.mean(p.x)) * p.mean(p.dx_hat * p.x_hat)) / p.std
    ),
    "dx is divided by the variance: x_hat = (x − mean) / std, so it is divided by std, the root.": (
        lambda p: _gradient_of_x(p, p.dx_hat) / p.std
    ),
    "dx is not divided by std: x_hat = (x − mean) / std.": lambda p: _gradient_of_x(p, p.dx_hat) * p.std,
    "dx has mean(dx_hat) where mean(dx_hat · x_hat) belongs, in the share of the variance.": lambda p: (
        (p.dx_hat - p.mean(p.dx_hat) - p.x_hat * p.mean(p.dx_hat)) / p.std
    ),
    "dx has mean(dx_hat) · mean(x_hat) where mean(dx_hat · x_hat), the mean of the products, belongs.": lambda p: (
        (p.dx_hat - p.mean(p.dx_hat) - p.x_hat * p.mean(p.dx_hat) * p.mean(p.x_hat)) / p.std
    ),
}

#: Standard deviations that are wrong, and what a backward says with them: its eps is the option, or a fixed 1e-5.
WRONG_STD: dict[str, tuple[Formula, ...]] = {
    "has 1e-5 where eps belongs: std is the root of var + eps.": (lambda p: np.sqrt(p.var + 1e-5),),
    "has the root of std: std is the root of var + eps already.": (lambda p: np.sqrt(p.std),),
    "leaves eps out: std is the root of var + eps.": (lambda p: np.sqrt(p.var),),
    "adds eps to the root of the variance: eps belongs under the root, std = sqrt(var + eps).": (
        lambda p: np.sqrt(p.var) + p.eps,
        lambda p: np.sqrt(p.var) + 1e-5,
    ),
    "adds eps to std once more: it is in std already, under the root.": (
        lambda p: p.std + p.eps,
        lambda p: p.std + 1e-5,
    ),
    "adds eps under the root once more: it is in std already.": (
        lambda p: np.sqrt(p.std**2 + p.eps),
        lambda p: np.sqrt(p.std**2 + 1e-5),
    ),
    "has the root of the variance that divides by m − 1: the forward pass divides by m.": (
        lambda p: np.sqrt(p.var * p.m / max(p.m - 1, 1) + p.eps),
        lambda p: p.std * np.sqrt(p.m / max(p.m - 1, 1)),
    ),
}

#: Where a wrong standard deviation can stand, and the words before its sentence.
WITH_WRONG_STD: tuple[tuple[str, Callable[[Pieces, np.ndarray], np.ndarray]], ...] = (
    ("dx", _divide_by),
    ("dx", _rebuild_with),
    ("All but the share of the variance in dx", _divide_all_but_variance_by),
    ("The share of the variance in dx", _take_variance_with),
)


def wrong_std_formulas() -> list[tuple[str, Formula]]:
    """Return a sentence and a formula of dx for every wrong standard deviation, in each place where it can stand."""
    return [
        (f"{subject} {sentence}", lambda p, put=put, std=std: put(p, std(p)))
        for sentence, deviations in WRONG_STD.items()
        for std in deviations
        for subject, put in WITH_WRONG_STD
    ]


def _interleave(p: Pieces) -> np.ndarray:
    """dx with every G-th channel in a group, where a group holds neighbouring channels.

    Raises ValueError where there are no groups.
    """
    if len(p.shape) == p.x.ndim:
        raise ValueError("x has no groups of channels")
    n, groups, size = p.x.shape[:3]

    def regroup(a: np.ndarray) -> np.ndarray:
        return np.broadcast_to(a, p.x.shape).reshape(n, size, groups, *p.x.shape[3:]).swapaxes(1, 2)

    d, x_hat = regroup(p.dx_hat), regroup(p.x_hat)
    return ((d - p.mean(d) - x_hat * p.mean(d * x_hat)) / p.std).swapaxes(1, 2).reshape(p.x.shape)


#: dx with means over other axes than the forward pass had.
OVER_OTHER_AXES: dict[str, Formula] = {
    "dx takes its means over axis 0 alone: they run over all axes of a set.": lambda p: _gradient_of_x_over(p, (0,)),
    "dx takes its means over each channel alone: a set holds all channels of its group.": lambda p: (
        _gradient_of_x_over(p, tuple(a for a in p.axes if a != 2))
        if len(p.shape) < p.x.ndim and len(p.axes) > 1
        else p.dx_hat
    ),
    "dx takes every G-th channel for a group: a group holds C/G channels side by side, so C is split into G × C/G.": (
        _interleave
    ),
    "dx takes its means over the last axis alone: they run over all axes of a set.": lambda p: _gradient_of_x_over(
        p, (p.x.ndim - 1,)
    ),
    "dx takes its means over the samples too: the numbers of a set are those of one sample.": lambda p: (
        _gradient_of_x_over(p, tuple(sorted({0, *p.axes})))
    ),
    "dx takes its means over the positions alone: they run over all axes of a set.": lambda p: _gradient_of_x_over(
        p, tuple(range(2, p.x.ndim))
    ),
    "dx takes its means over all axes: every set has means of its own.": lambda p: _gradient_of_x_over(
        p, tuple(range(p.x.ndim))
    ),
    "dx takes its means over all axes but the first: that joins sets that are apart.": lambda p: _gradient_of_x_over(
        p, tuple(range(1, p.x.ndim))
    ),
    "dx takes its means over axis 1 alone: they run over all axes of a set.": lambda p: _gradient_of_x_over(p, (1,)),
    "dx takes its means over axes 0 and 2 alone: they run over all axes of a set.": lambda p: _gradient_of_x_over(
        p, (0, 2)
    ),
    "dx takes its means over the last two axes alone: they run over all axes of a set.": lambda p: _gradient_of_x_over(
        p, (p.x.ndim - 2, p.x.ndim - 1)
    ),
    "dx has N where m belongs, the number of values in a set: it takes the positions too.": lambda p: _gradient_of_x(
        p, p.dx_hat, p.m / p.shape[0], p.m / p.shape[0]
    ),
}

OF_DGAMMA: dict[str, Formula] = {
    "dgamma uses x: y = gamma · x_hat + beta, so x_hat is what gamma meets.": lambda p: p.dy * p.x,
    "dgamma uses x − mean: a division by std is missing, since gamma meets x_hat.": lambda p: (
        p.dy * (p.x - p.mean(p.x))
    ),
    "dgamma is the sum of dy, which is dbeta: each dy belongs to its x_hat.": lambda p: p.dy,
    "dgamma uses y: y = gamma · x_hat + beta, so x_hat is what gamma meets.": lambda p: p.dy * p.gamma * p.x_hat,
}

OF_DBETA: dict[str, Formula] = {
    "dbeta sums dy · gamma: beta is added after gamma, so it is the sum of dy.": lambda p: p.dx_hat,
    "dbeta sums dy · x_hat, which is dgamma: beta is added, with factor 1.": lambda p: p.dy * p.x_hat,
    "dbeta sums x_hat: beta is added, so it is the sum of dy.": lambda p: p.x_hat,
}
