"""Dropout, forward and backward (chapter 13).

While training, each entry of x is dropped with probability p, that is set to 0, independently of all others. The kept
ones are multiplied by 1/(1 - p), so that every entry keeps its expected value: (1 - p) * x/(1 - p) = x. This is called
inverted dropout; when training is over, there is nothing left to do (in evaluation the layer is not called at all).
"""

from numbers import Integral
from typing import NamedTuple

import numpy as np

from cnnlab.ops.arguments import float_values, real_number, upstream


class DropoutCache(NamedTuple):
    """What the backward pass needs.

    mask: True where an entry was kept, of x's shape.   scale: what the kept ones were multiplied by.
    """

    mask: np.ndarray
    scale: float


def dropout_forward(
    x: np.ndarray, *, p: float = 0.5, rng: int | np.random.Generator
) -> tuple[np.ndarray, DropoutCache]:
    """Set entries to 0 at random and scale the others (chapter 13). Given; it is right.

    Args:
        x: Any shape.
        p: Probability that an entry is dropped, from 0 to 1; with 1 all are.
        rng: A seed, an int from 0 up, for the same mask each time, or a Generator, for the next mask that it draws.

    Returns:
        y, of x's shape, and the cache for dropout_backward.

    Raises:
        ValueError, TypeError: An argument is not of that kind.

    Example:
        >>> y, _ = dropout_forward(np.ones(8), p=0.5, rng=0)
        >>> print(y)
        [2. 0. 0. 0. 2. 2. 2. 2.]
    """
    float_values("x", x)
    p = probability("p", p)
    mask = generator(rng).random(x.shape) >= p  # random numbers from [0, 1): below p with probability p
    scale = 1 / (1 - p) if p < 1 else 0.0
    return x * mask * scale, DropoutCache(mask, scale)


def dropout_backward(dy: np.ndarray, cache: DropoutCache) -> np.ndarray:
    """Return the gradient of x (chapter 13, steps 5 and 6).

    Args:
        dy: Upstream gradient, of x's shape.
        cache: From dropout_forward.

    Returns:
        dx, of x's shape.
    """
    raise NotImplementedError("ch13: write dropout_backward")


def probability(name: str, value: float) -> float:
    """Return `value` if it is a number from 0 to 1."""
    if not 0 <= real_number(name, value) <= 1:
        raise ValueError(f"{name} is {value}; a number from 0 to 1 is needed")
    return float(value)


def generator(rng: int | np.random.Generator) -> np.random.Generator:
    """Return a Generator as it is, or a new one from a seed."""
    if isinstance(rng, np.random.Generator):
        return rng
    if not isinstance(rng, Integral) or isinstance(rng, bool):
        raise TypeError(f"rng is {rng!r}; a seed, which is an int, or a NumPy Generator is needed")
    if rng < 0:
        raise ValueError(f"rng is {rng}; a seed of 0 or more is needed")
    return np.random.default_rng(int(rng))
