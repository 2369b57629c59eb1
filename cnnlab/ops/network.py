"""A network small enough to see whole, and one step of its training (chapter 10).

It draws a curve through points: one number x in, one number y out, H hidden units in between.

    z[n,h] = x[n] * w[h] + b[h],    a = tanh(z),    y[n] = sum over h of  a[n,h] * v[h]

The loss is the mean over the samples of (y[n] - target[n])². The parameters are the tuple (w, b, v), each of shape
(H,). `sgd_step` of optim.py changes one parameter by its gradient.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

Params = tuple[np.ndarray, np.ndarray, np.ndarray]


class NetworkCache(NamedTuple):
    """What the backward pass needs: the input, the activations and the outer weights."""

    x: np.ndarray
    a: np.ndarray
    v: np.ndarray


def network_forward(params: Params, x: np.ndarray) -> tuple[np.ndarray, NetworkCache]:
    """Step 2, the forward pass (chapter 10). Given; it is right.

    params: (w, b, v), each (H,).   x: samples, (N,).
    Returns y, (N,), and the cache for network_backward.
    """
    w, b, v = params
    a = np.tanh(x[:, None] * w + b)
    return a @ v, NetworkCache(x, a, v)


def squared_error(y: np.ndarray, target: np.ndarray) -> tuple[np.floating, np.ndarray]:
    """Step 3, the loss and its gradient by y (chapter 10). Given; it is right.

    y, target: (N,).
    Returns the loss, a number, and dy, (N,).
    """
    return np.mean((y - target) ** 2), 2 * (y - target) / len(y)


def network_backward(dy: np.ndarray, cache: NetworkCache) -> Params:
    """Step 4, the chain rule from the output to every parameter (chapter 10). Given; it is right.

    dy: upstream gradient, (N,).   cache: from network_forward.
    Returns (dw, db, dv), each (H,).
    """
    x, a, v = cache
    dz = dy[:, None] * v * (1 - a) * (1 + a)
    return (x[:, None] * dz).sum(axis=0), dz.sum(axis=0), dy @ a


def init_parameters(
    w_shapes: Sequence[tuple[int, ...]], *, rng: int | np.random.Generator
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Step 1, the parameters before training (chapter 10), drawn as PyTorch draws those of its layers.

    w_shapes: of the weights, layer by layer: linear (out, in), convolution (F, C, KH, KW).
    rng: a seed or a Generator; the same seed gives the same parameters.
    Returns one pair (w, b) for each layer, b of shape (out,) or (F,), in float64: every entry of both is drawn
    evenly between -k and k, k = 1 / sqrt(fan_in). fan_in is how many products are added up in one output: the sizes
    of w but the first, multiplied.
    """
    raise NotImplementedError("ch10: write init_parameters")


def train_step(params: Params, x: np.ndarray, target: np.ndarray, *, lr: float) -> tuple[np.floating, Params]:
    """Steps 2 to 5, once: forward pass, loss, backward pass, update (chapter 10).

    params: (w, b, v), each (H,).   x, target: samples and what the network should make of them, (N,).
    lr: the learning rate.
    Returns the loss before the update, a number, and the new parameters, (w, b, v).
    """
    raise NotImplementedError("ch10: write train_step")
