"""Networks small enough to see whole: two layers of sigmoids (chapter 6), and a curve through points (chapter 10).

Chapter 6, for one sample x in a row of its own, with the article's numbers of the layers:

    z1 = x w1ᵀ + b1,    a1 = sigmoid(z1),    z2 = a1 w2ᵀ + b2,    a2 = sigmoid(z2)

The loss is half the sum of (a2 - t)² over all samples and outputs.

Chapter 10: one number x in, one number y out, H hidden units in between.

    z[n,h] = x[n] * w[h] + b[h],    a = tanh(z),    y[n] = sum over h of  a[n,h] * v[h]

The loss is the mean over the samples of (y[n] - target[n])². The parameters are the tuple (w, b, v), each of shape
(H,). `sgd_step` of optim.py changes one parameter by its gradient.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cnnlab.ops.activations import sigmoid_forward
from cnnlab.ops.optim import sgd_step

Params = tuple[np.ndarray, np.ndarray, np.ndarray]


def two_layers(
    x: np.ndarray, w1: np.ndarray, b1: np.ndarray, w2: np.ndarray, b2: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the outputs of both layers (chapter 6). Given; it is right.

    Args:
        x: Samples, (N, D).
        w1, b1: First layer, (H, D) and (H,).
        w2, b2: Second layer, (C, H) and (C,).

    Returns:
        a1, (N, H), and a2, (N, C).

    Example:
        >>> a1, a2 = two_layers(np.ones((1, 2)), np.zeros((3, 2)), np.zeros(3), np.zeros((1, 3)), np.zeros(1))
        >>> print(a1, a2)
        [[0.5 0.5 0.5]] [[0.5]]
    """
    a1, _ = sigmoid_forward(x @ w1.T + b1)
    a2, _ = sigmoid_forward(a1 @ w2.T + b2)
    return a1, a2


def network_gradients(
    x: np.ndarray, t: np.ndarray, w1: np.ndarray, b1: np.ndarray, w2: np.ndarray, b2: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of all parameters of two_layers (chapter 6, steps 1 to 6).

    This is the article's section 3.2, repaired. The loss is half the sum of (a2 - t)² over all samples and outputs;
    nothing is averaged.

    Args:
        x: Samples, (N, D).
        t: Targets, (N, C).
        w1, b1: First layer, (H, D) and (H,).
        w2, b2: Second layer, (C, H) and (C,).

    Returns:
        (dw1, db1, dw2, db2), each of its parameter's shape.

    Example:
        >>> zeros = np.zeros((3, 2)), np.zeros(3), np.zeros((1, 3)), np.zeros(1)
        >>> _, _, dw2, db2 = network_gradients(np.ones((1, 2)), np.zeros((1, 1)), *zeros)
        >>> print(dw2, db2)
        [[0.0625 0.0625 0.0625]] [0.125]
    """
    raise NotImplementedError("ch06: write network_gradients")


class NetworkCache(NamedTuple):
    """What the backward pass needs: the input, the activations and the outer weights."""

    x: np.ndarray
    a: np.ndarray
    v: np.ndarray


def network_forward(params: Params, x: np.ndarray) -> tuple[np.ndarray, NetworkCache]:
    """Return the network's outputs, step 2 of training (chapter 10). Given; it is right.

    Args:
        params: (w, b, v), each (H,).
        x: Samples, (N,).

    Returns:
        y, (N,), and the cache for network_backward.

    Example:
        >>> y, _ = network_forward((np.ones(1), np.zeros(1), np.ones(1)), np.array([0.0, 800.0]))
        >>> print(y)
        [0. 1.]
    """
    w, b, v = params
    a = np.tanh(x[:, None] * w + b)
    return a @ v, NetworkCache(x, a, v)


def squared_error(y: np.ndarray, target: np.ndarray) -> tuple[np.floating, np.ndarray]:
    """Return the loss and its gradient with respect to y, step 3 of training (chapter 10). Given; it is right.

    Args:
        y, target: (N,).

    Returns:
        The loss, a number, and dy, (N,).

    Example:
        >>> loss, dy = squared_error(np.array([3.0]), np.array([1.0]))
        >>> print(loss, dy)
        4.0 [4.]
    """
    return np.mean((y - target) ** 2), 2 * (y - target) / len(y)


def network_backward(dy: np.ndarray, cache: NetworkCache) -> Params:
    """Return the gradient of every parameter, step 4 of training (chapter 10). Given; it is right.

    Args:
        dy: Upstream gradient, (N,).
        cache: From network_forward.

    Returns:
        (dw, db, dv), each (H,).
    """
    x, a, v = cache
    dz = dy[:, None] * v * (1 - a) * (1 + a)
    return (x[:, None] * dz).sum(axis=0), dz.sum(axis=0), dy @ a


def init_parameters(
    w_shapes: Sequence[tuple[int, ...]], *, rng: int | np.random.Generator
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the parameters before training, drawn as PyTorch draws those of its layers (chapter 10, step 1).

    Args:
        w_shapes: Shapes of the weights, layer by layer: linear (out, in), convolution (F, C, KH, KW).
        rng: A seed or a Generator; the same seed gives the same parameters.

    Returns:
        One pair (w, b) for each layer, b of shape (out,) or (F,), in float64: every entry of both is drawn evenly
        between -k and k, k = 1 / sqrt(fan_in). fan_in is how many products are added up in one output: the sizes of w
        but the first, multiplied.

    Example:
        >>> [(w, b)] = init_parameters([(2, 4)], rng=0)
        >>> w.shape, b.shape, bool(abs(w).max() <= 0.5)
        ((2, 4), (2,), True)
    """
    raise NotImplementedError("ch10: write init_parameters")


def train_step(params: Params, x: np.ndarray, target: np.ndarray, *, lr: float) -> tuple[np.floating, Params]:
    """Make one step of training: forward pass, loss, backward pass, update (chapter 10, steps 2 to 5).

    Args:
        params: (w, b, v), each (H,).
        x, target: Samples and what the network should make of them, (N,).
        lr: The learning rate.

    Returns:
        The loss before the update, a number, and the new parameters, (w, b, v).

    Example:
        >>> loss, (w, b, v) = train_step((np.zeros(1), np.zeros(1), np.ones(1)), np.ones(1), np.ones(1), lr=0.1)
        >>> print(loss, w, b, v)
        1.0 [0.2] [0.2] [1.]
    """
    raise NotImplementedError("ch10: write train_step")
