"""Activations, forward and backward (chapter 4; relu is chapter 0's).

All but softmax work entry by entry: y[k] = f(x[k]), whatever the shape of x. In softmax the entries along one axis, the
classes, share a sum, so that each y[j] depends on every x[i] of its axis.

    relu(x)       = max(x, 0)
    leaky_relu(x) = x where x > 0, and negative_slope * x elsewhere
    sigmoid(x)    = 1 / (1 + exp(-x))
    tanh(x)       = (exp(x) - exp(-x)) / (exp(x) + exp(-x))
    gelu(x)       = x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x³))) / 2
    softmax(x)[j] = exp(x[j]) / sum over i of  exp(x[i])

No forward pass takes exp of a large positive number: it would overflow where the result is an ordinary number.
"""

import math
from numbers import Integral
from typing import NamedTuple

import numpy as np

from cnnlab.ops.arguments import float_array_from, float_values, real_number, upstream


class ReluCache(NamedTuple):
    """What the backward pass needs: the input."""

    x: np.ndarray


class LeakyReluCache(NamedTuple):
    """What the backward pass needs: the input and the slope of its negative side."""

    x: np.ndarray
    negative_slope: float


class SigmoidCache(NamedTuple):
    """What the backward pass needs: the output."""

    y: np.ndarray


class TanhCache(NamedTuple):
    """What the backward pass needs: the output."""

    y: np.ndarray


class SoftmaxCache(NamedTuple):
    """What the backward pass needs: the output, and the axis of the classes."""

    y: np.ndarray
    dim: int


def relu_forward(x: np.ndarray) -> tuple[np.ndarray, ReluCache]:
    """Return max(x, 0), entry by entry (chapter 0). Given; it is right.

    Args:
        x: Any shape.

    Returns:
        y, of x's shape, and the cache for relu_backward.

    Raises:
        ValueError, TypeError: x is not an array of floating-point numbers.

    Example:
        >>> y, _ = relu_forward(np.array([-1.0, 2.0]))
        >>> print(y)
        [0. 2.]
    """
    float_values("x", x)
    return np.maximum(x, 0), ReluCache(x)


def relu_backward(dy: np.ndarray, cache: ReluCache) -> np.ndarray:
    """Return the gradient of x (chapter 0, step 4).

    Args:
        dy: Upstream gradient, of x's shape.
        cache: From relu_forward.

    Returns:
        dx, of x's shape.
    """
    x = cache.x
    upstream(dy, x.shape)
    # dx = dy * f'(x), with f'(x) = 1 where x > 0 and 0 elsewhere; at the kink, x = 0, the course takes 0
    return dy * (x > 0)


def leaky_relu_forward(x: np.ndarray, *, negative_slope: float = 0.01) -> tuple[np.ndarray, LeakyReluCache]:
    """Return x where it is positive, negative_slope * x elsewhere (chapter 4). Given; it is right.

    Args:
        x: Any shape.
        negative_slope: A number.

    Returns:
        y, of x's shape, and the cache for leaky_relu_backward.

    Raises:
        ValueError, TypeError: x is not an array of floating-point numbers, or negative_slope is not a number.

    Example:
        >>> y, _ = leaky_relu_forward(np.array([-1.0, 2.0]), negative_slope=0.1)
        >>> print(y)
        [-0.1  2. ]
    """
    float_values("x", x)
    negative_slope = real_number("negative_slope", negative_slope)
    return np.where(x > 0, x, negative_slope * x), LeakyReluCache(x, negative_slope)


def leaky_relu_backward(dy: np.ndarray, cache: LeakyReluCache) -> np.ndarray:
    """Return the gradient of x (chapter 4, step 4).

    Args:
        dy: Upstream gradient, of x's shape.
        cache: From leaky_relu_forward.

    Returns:
        dx, of x's shape.
    """
    x, negative_slope = cache
    upstream(dy, x.shape)
    # dx = dy * f'(x), with f'(x) = 1 where x > 0 and negative_slope elsewhere
    return np.where(x > 0, dy, negative_slope * dy)


def sigmoid_forward(x: np.ndarray) -> tuple[np.ndarray, SigmoidCache]:
    """Return 1 / (1 + exp(-x)), entry by entry (chapter 4). Given; it is right.

    Args:
        x: Any shape.

    Returns:
        y, of x's shape, and the cache for sigmoid_backward.

    Raises:
        ValueError, TypeError: x is not an array of floating-point numbers.

    Example:
        >>> y, _ = sigmoid_forward(np.array([-800.0, 0.0]))
        >>> print(y)
        [0.  0.5]
    """
    float_values("x", x)
    # with e = exp(-|x|), which is never above 1:  1 / (1 + e) where x >= 0, and e / (1 + e) where x < 0
    e = np.exp(-np.abs(x))
    y = np.where(x >= 0, 1, e) / (1 + e)
    return y, SigmoidCache(y)


def sigmoid_backward(dy: np.ndarray, cache: SigmoidCache) -> np.ndarray:
    """Return the gradient of x (chapter 4, step 5).

    Args:
        dy: Upstream gradient, of x's shape.
        cache: From sigmoid_forward.

    Returns:
        dx, of x's shape.
    """
    y = cache.y
    upstream(dy, y.shape)
    # dx = dy * f'(x), with f'(x) = exp(-x) / (1 + exp(-x))² = y * (1 - y)
    return dy * y * (1 - y)


def tanh_forward(x: np.ndarray) -> tuple[np.ndarray, TanhCache]:
    """Return the hyperbolic tangent, entry by entry (chapter 4). Given; it is right.

    Args:
        x: Any shape.

    Returns:
        y, of x's shape, and the cache for tanh_backward.

    Raises:
        ValueError, TypeError: x is not an array of floating-point numbers.

    Example:
        >>> y, _ = tanh_forward(np.array([0.0, 800.0]))
        >>> print(y)
        [0. 1.]
    """
    float_values("x", x)
    y = np.tanh(x)
    return y, TanhCache(y)


def tanh_backward(dy: np.ndarray, cache: TanhCache) -> np.ndarray:
    """Return the gradient of x (chapter 4, step 6).

    Args:
        dy: Upstream gradient, of x's shape.
        cache: From tanh_forward.

    Returns:
        dx, of x's shape.
    """
    y = cache.y
    upstream(dy, y.shape)
    # dx = dy * f'(x), with f'(x) = 1 - y²
    return dy * (1 - y**2)


def softmax_forward(x: np.ndarray, *, dim: int = -1) -> tuple[np.ndarray, SoftmaxCache]:
    """Return positive numbers that add up to 1 along one axis (chapter 4). Given; it is right.

    Args:
        x: Any shape with one axis or more.
        dim: The axis of the classes, from 0, or from -1 backwards.

    Returns:
        y, of x's shape, and the cache for softmax_backward.

    Raises:
        ValueError, TypeError: x is not an array of floating-point numbers, or has no axis dim.

    Example:
        >>> y, _ = softmax_forward(np.array([[5.0, 5.0]]))
        >>> print(y)
        [[0.5 0.5]]
    """
    float_array_from("x", x, 1)
    dim = axis_of(x, dim)
    # a number taken from every x of an axis cancels; with the largest, no exponent is above 0
    largest = x.max(axis=dim, keepdims=True, initial=-np.inf)  # initial: an axis of length 0 has no largest
    e = np.exp(x - largest)
    y = e / e.sum(axis=dim, keepdims=True)
    return y, SoftmaxCache(y, dim)


def softmax_backward(dy: np.ndarray, cache: SoftmaxCache) -> np.ndarray:
    """Return the gradient of x (chapter 4, steps 10 and 11).

    Args:
        dy: Upstream gradient, of x's shape.
        cache: From softmax_forward.

    Returns:
        dx, of x's shape.
    """
    y, dim = cache
    upstream(dy, y.shape)
    # the Jacobian along the axis: ∂y[j]/∂x[i] = y[j] * ([i = j] - y[i]), so that
    # dx[i] = sum over j of  dy[j] * ∂y[j]/∂x[i] = y[i] * (dy[i] - sum over j of  dy[j] * y[j])
    return y * (dy - (dy * y).sum(axis=dim, keepdims=True))


def axis_of(x: np.ndarray, dim: int) -> int:
    """Return `dim` if it is the number of an axis of x."""
    if not isinstance(dim, Integral) or isinstance(dim, bool):
        raise TypeError(f"dim is {dim!r}; an int is needed")
    if not -x.ndim <= dim < x.ndim:
        raise ValueError(f"dim is {dim}; {-x.ndim} to {x.ndim - 1} is needed: x has shape {x.shape}")
    return int(dim)


class GeluCache(NamedTuple):
    """What the backward pass needs: the input, and t, the tanh in the formula."""

    x: np.ndarray
    t: np.ndarray


def gelu_forward(x: np.ndarray, *, approximate: str = "tanh") -> tuple[np.ndarray, GeluCache]:
    """Return x * (1 + t) / 2 with t = tanh(sqrt(2 / pi) * (x + 0.044715 * x³)), entry by entry (chapter 4). Given.

    Args:
        x: Any shape.
        approximate: "tanh". PyTorch also has "none", which needs a function that NumPy does not have.

    Returns:
        y, of x's shape, and the cache for gelu_backward.

    Raises:
        ValueError, TypeError: x is not an array of floating-point numbers, or approximate is not "tanh".

    Example:
        >>> y, _ = gelu_forward(np.array([-800.0, 0.0, 800.0]))
        >>> print(abs(y))
        [  0.   0. 800.]
    """
    float_values("x", x)
    if approximate != "tanh":
        raise ValueError(f"approximate is {approximate!r}; 'tanh' is needed")
    # beyond 10 on either side t is 1 or -1 to the last digit, and x³ might overflow
    near = np.clip(x, -10, 10)
    t = np.tanh(math.sqrt(2 / math.pi) * (near + 0.044715 * near**3))
    return x * ((1 + t) / 2), GeluCache(x, t)


def gelu_backward(dy: np.ndarray, cache: GeluCache) -> np.ndarray:
    """Return the gradient of x (chapter 4, step 12). This exercise is optional.

    Args:
        dy: Upstream gradient, of x's shape.
        cache: From gelu_forward.

    Returns:
        dx, of x's shape.
    """
    x, t = cache
    upstream(dy, x.shape)
    # y = x * (1 + t) / 2 and t = tanh(u), u = s * (x + c * x³), with s = sqrt(2 / pi) and c = 0.044715, so
    # f'(x) = (1 + t) / 2 + x / 2 * (1 - t²) * u'(x), with u'(x) = s * (1 + 3 * c * x²)
    # x * (1 - t²) comes first: it is 0 where x is large, and nothing overflows
    bend = x * (1 - t**2)
    return dy * ((1 + t) / 2 + math.sqrt(2 / math.pi) / 2 * (bend + 3 * 0.044715 * bend * x * x))
