"""Two networks that train against each other, one step of each (chapter 16).

The generator G makes samples from noise z, the discriminator D gives every sample a logit: above 0, it takes the sample
for real. Both are networks of two layers, and their parameters are the tuple (w1, b1, w2, b2):

    h = tanh(x w1ᵀ + b1),    y = h w2ᵀ + b2

With softplus(a) = log(1 + exp(a)), which is -log σ(-a), the losses are

    D:  mean of softplus(-D(real)) + mean of softplus(D(G(z)))
    G:  mean of softplus(-D(G(z))),   or, saturating,   minus the mean of softplus(D(G(z)))

The slope of softplus(a) is σ(a); sigmoid_forward of activations.py computes it without overflow.

Shapes: samples (N, F), noise (M, Z), w1 (H, inputs), b1 (H,), w2 (outputs, H), b2 (outputs,); D has one output.
"""

from typing import NamedTuple

import numpy as np

from cnnlab.ops.activations import sigmoid_forward
from cnnlab.ops.arguments import float_array, number_from_zero

Params = tuple[np.ndarray, ...]  # w1, b1, w2, b2


class NetworkCache(NamedTuple):
    """What the backward pass of a network needs: its input, the hidden units, and the parameters."""

    x: np.ndarray
    h: np.ndarray
    params: Params


def discriminator_step(
    real: np.ndarray, z: np.ndarray, g: Params, d: Params, *, lr: float
) -> tuple[float, Params, Params]:
    """Make one step of gradient descent with the discriminator (chapter 16, steps 1 to 3).

    The generator stays as it is: to D, what G made is data.

    Args:
        real: Real samples, (N, F).
        z: Noise, (M, Z); M may be another number than N.
        g, d: The parameters (w1, b1, w2, b2) of G and of D.
        lr: The learning rate.

    Returns:
        D's loss before the step, g as it was, and the new d.

    Example:
        >>> g, d = (tuple(np.zeros(s) for s in ((1, 1), (1,), (1, 1), (1,))) for _ in "gd")
        >>> loss, _, _ = discriminator_step(np.ones((2, 1)), np.ones((2, 1)), g, d, lr=0.1)
        >>> print(round(float(loss), 4))  # 2 ln 2: it cannot tell
        1.3863
    """
    lr = number_from_zero("lr", lr)
    fake, _ = two_layers_forward(z, g)
    real_logits, real_cache = two_layers_forward(real, d)
    fake_logits, fake_cache = two_layers_forward(fake, d)
    loss = softplus(-real_logits).mean() + softplus(fake_logits).mean()
    # d softplus(-a)/da = -σ(-a) and d softplus(a)/da = σ(a); each mean divides by its own number of samples
    taken_for_fake, _ = sigmoid_forward(-real_logits)
    taken_for_real, _ = sigmoid_forward(fake_logits)
    _, of_real = two_layers_backward(-taken_for_fake / len(real), real_cache)
    _, of_fake = two_layers_backward(taken_for_real / len(fake), fake_cache)
    # D is used twice, so its gradients add up; what goes back to the fakes is not followed any further
    return loss, g, tuple(p - lr * (a + b) for p, a, b in zip(d, of_real, of_fake, strict=True))


def generator_step(
    z: np.ndarray, g: Params, d: Params, *, lr: float, saturating: bool = False
) -> tuple[float, Params, Params]:
    """Make one step of gradient descent with the generator (chapter 16, steps 4 and 5).

    The gradient runs through the discriminator, which stays as it is.

    Args:
        z: Noise, (M, Z).
        g, d: The parameters (w1, b1, w2, b2) of G and of D.
        lr: The learning rate.
        saturating: Whether the loss is minus the mean of softplus(D(G(z))), as in step 5.

    Returns:
        G's loss before the step, the new g, and d as it was.

    Example:
        >>> g, d = (tuple(np.zeros(s) for s in ((1, 1), (1,), (1, 1), (1,))) for _ in "gd")
        >>> loss, _, _ = generator_step(np.ones((2, 1)), g, d, lr=0.1)
        >>> print(round(float(loss), 4))  # ln 2
        0.6931
    """
    lr = number_from_zero("lr", lr)
    fake, g_cache = two_layers_forward(z, g)
    logits, d_cache = two_layers_forward(fake, d)
    if saturating:
        loss, share = -softplus(logits).mean(), sigmoid_forward(logits)[0]
    else:
        loss, share = softplus(-logits).mean(), sigmoid_forward(-logits)[0]
    dlogits = -share / len(z)
    # through D down to its input, the fakes, and on through G; D's own gradients are thrown away
    dfake, _ = two_layers_backward(dlogits, d_cache)
    _, of_g = two_layers_backward(dfake, g_cache)
    return loss, tuple(p - lr * grad for p, grad in zip(g, of_g, strict=True)), d


def two_layers_forward(x: np.ndarray, params: Params) -> tuple[np.ndarray, NetworkCache]:
    """Return the output of a network of two layers (chapter 16). Given; it is right.

    Args:
        x: Samples or noise, (N, inputs).
        params: (w1, b1, w2, b2).

    Returns:
        y, (N, outputs), and the cache for two_layers_backward.

    Example:
        >>> one, zero = np.ones((1, 1)), np.zeros(1)
        >>> y, _ = two_layers_forward(np.ones((1, 1)), (one, zero, one, zero))
        >>> print(y.round(4))
        [[0.7616]]
    """
    float_array("x", x, 2)
    w1, b1, w2, b2 = params
    h = np.tanh(x @ w1.T + b1)
    return h @ w2.T + b2, NetworkCache(x, h, params)


def two_layers_backward(dy: np.ndarray, cache: NetworkCache) -> tuple[np.ndarray, Params]:
    """Return the gradients of a network's input and of its parameters (chapter 16). Given; it is right.

    Args:
        dy: Upstream gradient, (N, outputs).
        cache: From two_layers_forward.

    Returns:
        dx, (N, inputs), and (dw1, db1, dw2, db2).
    """
    x, h, (w1, _, w2, _) = cache
    dz = (dy @ w2) * (1 - h**2)
    return dz @ w1, (dz.T @ x, dz.sum(axis=0), dy.T @ h, dy.sum(axis=0))


def softplus(a: np.ndarray) -> np.ndarray:
    """Return log(1 + exp(a)) without overflow (chapter 16, step 1). Given; it is right."""
    return np.maximum(a, 0) + np.log1p(np.exp(-np.abs(a)))
