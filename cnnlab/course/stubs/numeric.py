"""Numerical gradients (chapter 3): a judge for backward passes, built from nothing but a forward pass.

Here f is any function of one array. `scaled_max`, at the end, is the layer of the hunt: its forward pass and its
backward pass are given, and five wrong backward passes of it are waiting to be exposed.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


def numerical_vjp(f: Callable, x: np.ndarray, dy: np.ndarray, *, h: float = 1e-5) -> np.ndarray:
    """Return the gradient of sum(dy * f(x)) with respect to x, by centred differences (chapter 3, steps 1 and 2).

    Args:
        f: A function that is called with arrays of x's shape.
        x: Numbers, of any shape.
        dy: Upstream gradient, of f(x)'s shape.
        h: The step.

    Returns:
        dx, of x's shape, in float64: each entry of x is moved by h up and down, alone, in float64.

    Example:
        >>> dx = numerical_vjp(lambda x: x**2, np.array([1.0, 3.0]), dy=np.array([1.0, 10.0]))
        >>> print(dx.round(4))
        [ 2. 60.]
    """
    raise NotImplementedError("ch03: write numerical_vjp")


def directional_check(
    f: Callable, dx: np.ndarray, x: np.ndarray, dy: np.ndarray, v: np.ndarray, *, h: float = 1e-5
) -> tuple[float, float]:
    """Return the slope of sum(dy * f(x)) along one direction: as it is, and as dx says (chapter 3, step 4).

    Args:
        f: A function that is called with arrays of x's shape.
        dx: The gradient to be tested, of x's shape.
        x: Numbers, of any shape.
        dy: Upstream gradient, of f(x)'s shape.
        v: The direction, of x's shape.
        h: The step.

    Returns:
        (measured, promised), two numbers: the centred difference of the sum when x moves by h v, and sum(dx * v).

    Example:
        >>> x, one = np.array([3.0]), np.ones(1)
        >>> [round(float(n), 4) for n in directional_check(lambda x: x**2, 2 * x, x, dy=one, v=one)]
        [6.0, 6.0]
    """
    raise NotImplementedError("ch03: write directional_check")


def relative_error(a: np.ndarray, b: np.ndarray) -> float:
    """Return how far two arrays are apart, from 0 for equal to 1 for opposite (chapter 3, step 3).

    Args:
        a, b: Arrays of one shape.

    Returns:
        |a - b| / (|a| + |b|), a number, where |·| is the root of the sum of squares; 0 where both are all zeros, and
        NaN where either holds NaN.

    Example:
        >>> relative_error(np.array([1.0]), np.array([3.0]))
        0.5
    """
    raise NotImplementedError("ch03: write relative_error")


class ScaledMaxCache(NamedTuple):
    """What the backward pass needs: both inputs, and the column that won in each row."""

    x: np.ndarray
    s: np.ndarray
    winner: np.ndarray


def scaled_max_forward(x: np.ndarray, s: np.ndarray) -> tuple[np.ndarray, ScaledMaxCache]:
    """Return each row's largest product, max over d of x[n, d] * s[d] (chapter 3, the hunt). Given; it is right.

    Args:
        x: (N, D).
        s: A scale for each column, (D,).

    Returns:
        y, (N,), and the cache for scaled_max_backward.

    Example:
        >>> y, _ = scaled_max_forward(np.array([[1.0, 3.0]]), np.array([5.0, 2.0]))
        >>> print(y)
        [6.]
    """
    products = x * s
    winner = products.argmax(axis=1)
    return products[np.arange(len(x)), winner], ScaledMaxCache(x, s, winner)


def scaled_max_backward(dy: np.ndarray, cache: ScaledMaxCache) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradients of x and s (chapter 3, the hunt). Given; it is right.

    Args:
        dy: Upstream gradient, (N,).
        cache: From scaled_max_forward.

    Returns:
        dx, (N, D), and ds, (D,).
    """
    # only the winner of a row reaches y, as x[n, k] * s[k]; a scale collects from every row that it won
    x, s, winner = cache
    rows = np.arange(len(x))
    dx, ds = np.zeros_like(x), np.zeros_like(s)
    dx[rows, winner] = dy * s[winner]
    np.add.at(ds, winner, dy * x[rows, winner])
    return dx, ds


def hunt_cases() -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return cases that tell wrong backward passes of scaled_max from right ones (chapter 3, the hunt).

    A mistake counts as exposed if in at least one case its gradients could not be those of any right backward pass.
    In a tie every backward pass is right that shares the gradient out among the winners.

    Returns:
        A list of one to six cases (x, s, dy), made afresh and the same at every call: arrays of float64 with the shapes
        (N, D), (D,) and (N,), together at most 60 numbers; s without a 0.

    Example:
        >>> 1 <= len(hunt_cases()) <= 6
        True
    """
    raise NotImplementedError("ch03: write hunt_cases")
