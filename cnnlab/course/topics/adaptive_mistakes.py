"""Chapter 12: AdaGrad and RMSProp with one piece changed. Rivals of the functions of optim.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cnnlab.course.topics import update_rules
from cnnlab.course.topics.update_mistakes import INSIDE, NO_EPS, Mistakes
from cnnlab.course.topics.update_rules import along_rates, fading


def _accumulate(change: Callable[[np.ndarray, float], np.ndarray]) -> Mapping[str, Any]:
    """AdaGrad with another G. change: (gradients so far, where G starts) -> G."""

    def step(g, lr, lr_decay=0.0, initial_accumulator_value=0.0, eps=1e-10) -> np.ndarray:
        rate = lr[-1] / (1 + (len(g) - 1) * lr_decay)
        return rate * g[-1] / (np.sqrt(change(g, initial_accumulator_value)) + eps)

    return {"direction": step}


ADAGRAD: Mistakes = {
    NO_EPS: {"eps": 0.0},
    "G is the sum of |g|: it is that of the squares, g².": _accumulate(lambda g, start: start + abs(g).sum(axis=0)),
    "G is the sum of g: it is that of the squares, g².": _accumulate(lambda g, start: start + g.sum(axis=0)),
    "G is the mean of the squares: it is their sum, and never falls.": _accumulate(
        lambda g, start: (g**2).mean(axis=0)
    ),
    "G is one number for the whole parameter: every entry has a sum of its own squares.": _accumulate(
        lambda g, start: start + (g**2).sum()
    ),
    "The rate falls in a straight line, 1 − t · lr_decay: it is divided by 1 + t · lr_decay.": {
        "direction": lambda g, lr, lr_decay=0.0, **o: update_rules.adagrad(g, lr, **o) * (1 - (len(g) - 1) * lr_decay)
    },
    "The rate decays with the number of this step, from 1: t counts the steps before it, so the first step has the "
    "whole rate.": {
        "direction": lambda g, lr, lr_decay=0.0, **o: update_rules.adagrad(g, lr, **o) / (1 + len(g) * lr_decay)
    },
    "The rate falls as a power, (1 − lr_decay)ᵗ: it is divided by 1 + t · lr_decay.": {
        "direction": lambda g, lr, lr_decay=0.0, **o: update_rules.adagrad(g, lr, **o) * (1 - lr_decay) ** (len(g) - 1)
    },
    "The square of this step is not yet in G: it is added before the step.": {
        "direction": lambda g, lr, lr_decay=0.0, initial_accumulator_value=0.0, eps=1e-10: (
            lr[-1]
            / (1 + (len(g) - 1) * lr_decay)
            * g[-1]
            / (np.sqrt(initial_accumulator_value + (g[:-1] ** 2).sum(axis=0)) + eps)
        )
    },
}


def _divide_gradients(g: np.ndarray, alpha: float, eps: float, centered: bool) -> np.ndarray:
    """Every gradient over its root, (t, *shape)."""
    spread = fading(g**2, alpha, 1 - alpha)
    if centered:
        spread = np.maximum(spread - fading(g, alpha, 1 - alpha) ** 2, 0.0)
    return g / (np.sqrt(spread) + eps)


def _begin_with_square(g, lr, alpha=0.99, eps=1e-8, momentum=0.0, centered=False) -> np.ndarray:
    """S and M that begin with the first square and the first gradient."""
    spread, mean = g**2, g.copy()
    for t in range(1, len(g)):
        spread[t] = alpha * spread[t - 1] + (1 - alpha) * g[t] ** 2
        mean[t] = alpha * mean[t - 1] + (1 - alpha) * g[t]
    root = np.sqrt(np.maximum(spread - mean**2, 0.0) if centered else spread)
    return lr[-1] * fading(g / (root + eps), momentum)[-1]


def _spread(
    square: Callable[[np.ndarray, float], np.ndarray] = lambda g, a: fading(g**2, a, 1 - a),
    less: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda s, m: s - m**2,
    mean: Callable[[np.ndarray, float], np.ndarray] = lambda g, a: fading(g, a, 1 - a),
    root: Callable[[np.ndarray, float], np.ndarray] = lambda s, eps: np.sqrt(s) + eps,
) -> Mapping[str, Any]:
    """RMSProp with another S, another use of the mean, or another root.

    square, mean: (gradients, alpha) -> S and M at every step.   less: (S, M) -> what centered takes.
    """

    def step(g, lr, alpha=0.99, eps=1e-8, momentum=0.0, centered=False) -> np.ndarray:
        spread = square(g, alpha)
        if centered:
            spread = np.maximum(less(spread, mean(g, alpha)), 0.0)
        return lr[-1] * fading(g / root(spread, eps), momentum)[-1]

    return {"direction": step}


def _average(values: np.ndarray, alpha: float) -> np.ndarray:
    """The fading mean at every step, divided by the sum of its weights, (T, *shape)."""
    t = np.arange(1, len(values) + 1).reshape(-1, *[1] * (values.ndim - 1))
    return fading(values, alpha, 1 - alpha) / (1 - alpha**t)


RMSPROP: Mistakes = {
    NO_EPS: {"eps": 0.0},
    "S is the sum of the squares: it is a fading mean, alpha · S + (1 − alpha) · g².": _spread(
        lambda g, a: np.cumsum(g**2, axis=0)
    ),
    "g² enters with factor 1 into S alone: it enters with 1 − alpha, so that S is an average.": _spread(
        lambda g, a: fading(g**2, a)
    ),
    "Old squares never fade: S keeps alpha of itself, alpha · S + (1 − alpha) · g².": _spread(
        lambda g, a: (1 - a) * np.cumsum(g**2, axis=0)
    ),
    "The mean is of |g|: S is the mean of the squares, g².": _spread(lambda g, a: fading(abs(g), a, 1 - a)),
    "The mean is of |g|, and no root is taken: the step divides by the root of the mean of the squares.": (
        _spread(lambda g, a: fading(abs(g), a, 1 - a) ** 2)
    ),
    "The step divides by the S of the step before: S is renewed first.": _spread(
        lambda g, a: np.concatenate([np.zeros_like(g[:1]), fading(g**2, a, 1 - a)[:-1]])
    ),
    "S is corrected as in Adam, divided by 1 − alphaᵗ: RMSProp leaves it as it is.": _spread(
        lambda g, a: _average(g**2, a)
    ),
    "S and M are corrected as in Adam, divided by 1 − alphaᵗ: RMSProp leaves them as they are.": _spread(
        lambda g, a: _average(g**2, a), mean=_average
    ),
    "centered adds the square of the mean: it takes it off, S − M².": _spread(less=lambda s, m: s + m**2),
    "centered takes the mean off: it takes its square off, S − M².": _spread(less=lambda s, m: s - m),
    "The root is missing: the gradient is divided by the root of S.": _spread(root=lambda s, eps: s + eps),
    "S begins with the first square: it begins with 0, so the first S is (1 − alpha) · g².": {
        "direction": _begin_with_square
    },
    INSIDE.format("the rate"): {
        "direction": lambda g, lr, alpha=0.99, eps=1e-8, momentum=0.0, centered=False: fading(
            along_rates(lr, g) * _divide_gradients(g, alpha, eps, centered), momentum
        )[-1]
    },
    "The new term enters with 1 − momentum into the velocity: v = momentum · v + g / (…).": {
        "direction": lambda g, lr, alpha=0.99, eps=1e-8, momentum=0.0, centered=False: (
            lr[-1] * fading(_divide_gradients(g, alpha, eps, centered), momentum, 1 - momentum)[-1]
        )
    },
}
