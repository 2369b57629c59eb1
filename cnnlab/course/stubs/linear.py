"""The linear layer, forward and backward, and flatten, which leads to it (chapter 5).

Output o of sample n is a sum over the inputs i, each with its own weight:

    y[n,o] = sum over i of  w[o,i] * x[n,i]  + b[o]

Shapes: x (N, in), w (out, in), b (out,), y (N, out). As in PyTorch, x may have any axes in front of the last: the
samples are then counted by all of them together.
"""

from math import prod
from typing import NamedTuple

import numpy as np

from cnnlab.ops.arguments import float_array, float_array_from, same_shape, upstream


class LinearCache(NamedTuple):
    """What the backward pass needs: the inputs of the forward pass."""

    x: np.ndarray
    w: np.ndarray
    b: np.ndarray | None


class FlattenCache(NamedTuple):
    """What the backward pass needs: the shape that was given up."""

    x_shape: tuple[int, ...]


def linear_forward(x: np.ndarray, w: np.ndarray, b: np.ndarray | None = None) -> tuple[np.ndarray, LinearCache]:
    """Return the weighted sums of every sample's inputs (chapter 5). Given; it is right.

    Args:
        x: Samples, (N, in), or any axes in front of the last.
        w: Weights, (out, in).
        b: One number for each output, (out,), or None.

    Returns:
        y, (N, out), or the axes of x in front of out, and the cache for linear_backward.

    Raises:
        ValueError, TypeError: The arrays do not fit together.

    Example:
        >>> y, _ = linear_forward(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]), np.array([0.5]))
        >>> print(y)
        [[11.5]]
    """
    float_array_from("x", x, 1)
    float_array("w", w, 2)
    outputs, inputs = w.shape
    if x.shape[-1] != inputs:
        raise ValueError(f"x has shape {x.shape}; {inputs} on its last axis is needed: w has shape {w.shape}")
    y = x @ w.T
    if b is not None:
        y += same_shape("b", float_array("b", b, 1), (outputs,), "one number for each of the outputs of w")
    return y, LinearCache(x, w, b)


def linear_backward(dy: np.ndarray, cache: LinearCache) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return the gradients of x, w and b (chapter 5, steps 2 to 4).

    Args:
        dy: Upstream gradient, (N, out), or the axes of x in front of out.
        cache: From linear_forward.

    Returns:
        dx, of x's shape, dw (out, in) and db (out,), or None where there was no b.
    """
    raise NotImplementedError("ch05: write linear_backward")


def flatten_forward(x: np.ndarray) -> tuple[np.ndarray, FlattenCache]:
    """Return each sample's numbers in one row, in the order of x.ravel() (chapter 5). Given; it is right.

    Args:
        x: Samples of any shape, (N, ...), two axes or more.

    Returns:
        y, (N, D) with D the product of the other sizes, a view of x where memory allows it, and the cache.

    Raises:
        ValueError, TypeError: x is not an array of floating-point numbers with two axes or more.

    Example:
        >>> y, _ = flatten_forward(np.zeros((2, 3, 4, 4)))
        >>> y.shape
        (2, 48)
    """
    float_array_from("x", x, 2)
    return x.reshape(len(x), prod(x.shape[1:])), FlattenCache(x.shape)


def flatten_backward(dy: np.ndarray, cache: FlattenCache) -> np.ndarray:
    """Return the gradient of x (chapter 5, step 5).

    Args:
        dy: Upstream gradient, (N, D).
        cache: From flatten_forward.

    Returns:
        dx, of x's shape.
    """
    raise NotImplementedError("ch05: write flatten_backward")
