"""Normalisation, forward and backward (chapter 13).

All three operations do the same to different sets of numbers. The numbers of a set are shifted and scaled to mean 0 and
variance 1, and then each channel or feature gets a scale and a shift of its own to learn:

    x_hat = (x - mean) / sqrt(var + eps)        y = gamma * x_hat + beta

mean is the set's mean, and var its variance, the mean of (x - mean)². Which numbers make up a set:

    batch_norm    one channel's, over all samples and positions
    layer_norm    one sample's, over the last gamma.ndim axes
    group_norm    one sample's, over one group of channels and all positions
"""

from math import prod
from typing import NamedTuple

import numpy as np

from cnnlab.ops.arguments import float_array, float_array_from, positive, real_number, same_shape, upstream


class NormCache(NamedTuple):
    """What the backward pass of batch_norm and layer_norm needs.

    x_hat: of x's shape.   std: sqrt(var + eps), x's axes with 1 for those of a set.   gamma: as given.
    """

    x_hat: np.ndarray
    std: np.ndarray
    gamma: np.ndarray


class GroupNormCache(NamedTuple):
    """What the backward pass of group_norm needs.

    x_hat: of x's shape.   std: sqrt(var + eps), (N, G, 1, ...), one number a group.   gamma: as given.
    num_groups: G.
    """

    x_hat: np.ndarray
    std: np.ndarray
    gamma: np.ndarray
    num_groups: int


def batch_norm_forward(
    x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, *, eps: float = 1e-5
) -> tuple[np.ndarray, NormCache]:
    """Normalise every channel over the batch, with the batch's own statistics (chapter 13). Given; it is right.

    Args:
        x: (N, C), (N, C, H, W) or any axes after C.
        gamma, beta: Scale and shift, (C,).
        eps: A number above 0.

    Returns:
        y, of x's shape, and the cache for batch_norm_backward.

    Raises:
        ValueError, TypeError: The arrays do not fit together, or there is one value for each channel: it is the mean.

    Example:
        >>> y, _ = batch_norm_forward(np.array([[1.0], [3.0]]), np.ones(1), np.zeros(1), eps=1e-12)
        >>> print(y.round(4).tolist())
        [[-1.0], [1.0]]
    """
    float_array_from("x", x, 2)
    gamma_c, beta_c = per_channel(gamma, beta, x)
    axes = (0, *range(2, x.ndim))
    if real_number("eps", eps) <= 0:
        raise ValueError(f"eps is {eps}; a number above 0 is needed")
    if set_size(x, axes) == 1:
        raise ValueError(f"x has shape {x.shape}, 1 value a channel; 2 or more are needed to have a variance")
    x_hat, std = standardize(x, axes, eps)
    return gamma_c * x_hat + beta_c, NormCache(x_hat, std, gamma)


def batch_norm_backward(dy: np.ndarray, cache: NormCache) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of x, gamma and beta (chapter 13, steps 8 to 13).

    Args:
        dy: Upstream gradient, of x's shape.
        cache: From batch_norm_forward.

    Returns:
        dx, of x's shape, dgamma (C,) and dbeta (C,).
    """
    x_hat, std, gamma = cache
    upstream(dy, x_hat.shape)
    axes = (0, *range(2, dy.ndim))
    # y = gamma * x_hat + beta, with one gamma and one beta for a whole channel
    dgamma = (dy * x_hat).sum(axis=axes)
    dbeta = dy.sum(axis=axes)
    dx_hat = dy * gamma.reshape(channel_shape(dy))
    return _standardize_backward(dx_hat, x_hat, std, axes), dgamma, dbeta


def layer_norm_forward(
    x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, *, eps: float = 1e-5
) -> tuple[np.ndarray, NormCache]:
    """Normalise every sample over its last gamma.ndim axes (chapter 13). Given; it is right.

    Args:
        x: (..., *features).
        gamma, beta: Scale and shift, of the shape of features.
        eps: A number.

    Returns:
        y, of x's shape, and the cache for layer_norm_backward.

    Raises:
        ValueError, TypeError: The arrays do not fit together.

    Example:
        >>> y, _ = layer_norm_forward(np.array([[1.0, 3.0]]), np.ones(2), np.zeros(2), eps=1e-12)
        >>> print(y.round(4).tolist())
        [[-1.0, 1.0]]
    """
    float_array_from("gamma", gamma, 1)
    float_array_from("x", x, gamma.ndim)
    same_shape("gamma", gamma, x.shape[-gamma.ndim :], "x's last axes")
    same_shape("beta", float_array("beta", beta, gamma.ndim), gamma.shape, "the shape of gamma")
    x_hat, std = standardize(x, tuple(range(x.ndim - gamma.ndim, x.ndim)), eps)
    return gamma * x_hat + beta, NormCache(x_hat, std, gamma)


def layer_norm_backward(dy: np.ndarray, cache: NormCache) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of x, gamma and beta (chapter 13, step 15).

    Args:
        dy: Upstream gradient, of x's shape.
        cache: From layer_norm_forward.

    Returns:
        dx, of x's shape, dgamma and dbeta, of gamma's shape.
    """
    x_hat, std, gamma = cache
    upstream(dy, x_hat.shape)
    first = dy.ndim - gamma.ndim  # the first axis of the features
    samples, features = tuple(range(first)), tuple(range(first, dy.ndim))
    # y = gamma * x_hat + beta, with the same gamma and beta for every sample
    dgamma = (dy * x_hat).sum(axis=samples)
    dbeta = dy.sum(axis=samples)
    dx_hat = dy * gamma
    return _standardize_backward(dx_hat, x_hat, std, features), dgamma, dbeta


def group_norm_forward(
    x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, *, num_groups: int, eps: float = 1e-5
) -> tuple[np.ndarray, GroupNormCache]:
    """Normalise every sample over groups of neighbouring channels (chapter 13). Given; it is right.

    Args:
        x: (N, C), (N, C, H, W) or any axes after C.
        gamma, beta: Scale and shift, (C,).
        num_groups: An int that divides C.
        eps: A number.

    Returns:
        y, of x's shape, and the cache for group_norm_backward.

    Raises:
        ValueError, TypeError: The arrays and options do not fit together.

    Example:
        >>> x = np.array([[1.0, 3.0, 5.0, 9.0]])
        >>> y, _ = group_norm_forward(x, np.ones(4), np.zeros(4), num_groups=2, eps=1e-12)
        >>> print(y.round(4).tolist())
        [[-1.0, 1.0, -1.0, 1.0]]
    """
    float_array_from("x", x, 2)
    gamma_c, beta_c = per_channel(gamma, beta, x)
    if x.shape[1] % positive("num_groups", num_groups):
        raise ValueError(f"num_groups is {num_groups}; a divisor of x's {x.shape[1]} channels is needed")
    x_split = split_channels(x, num_groups)
    x_hat, std = standardize(x_split, tuple(range(2, x_split.ndim)), eps)
    x_hat = x_hat.reshape(x.shape)
    return gamma_c * x_hat + beta_c, GroupNormCache(x_hat, std, gamma, int(num_groups))


def group_norm_backward(dy: np.ndarray, cache: GroupNormCache) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of x, gamma and beta (chapter 13, step 16). This exercise is optional.

    Args:
        dy: Upstream gradient, of x's shape.
        cache: From group_norm_forward.

    Returns:
        dx, of x's shape, dgamma (C,) and dbeta (C,).
    """
    x_hat, std, gamma, num_groups = cache
    upstream(dy, x_hat.shape)
    # y = gamma * x_hat + beta, with one gamma and one beta for a whole channel
    axes = (0, *range(2, dy.ndim))
    dgamma = (dy * x_hat).sum(axis=axes)
    dbeta = dy.sum(axis=axes)
    # a set is now what has the same n and g in (N, G, C/G, ...)
    dx_hat = split_channels(dy * gamma.reshape(channel_shape(dy)), num_groups)
    x_hat = split_channels(x_hat, num_groups)
    dx = _standardize_backward(dx_hat, x_hat, std, tuple(range(2, x_hat.ndim)))
    return dx.reshape(dy.shape), dgamma, dbeta


# The pieces that the passes share.


def standardize(x: np.ndarray, axes: tuple[int, ...], eps: float) -> tuple[np.ndarray, np.ndarray]:
    """Return x_hat and std: every set, the numbers along `axes`, shifted and divided by std = sqrt(var + eps)."""
    centred = x - mean(x, axes)
    std = np.sqrt(mean(centred**2, axes) + real_number("eps", eps))
    return centred / std, std


def _standardize_backward(dx_hat: np.ndarray, x_hat: np.ndarray, std: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """Return the gradient of standardize's x, step by step from the last of the forward pass to the first."""
    centred = x_hat * std
    # x_hat = centred / std. centred is used here and in var, so its gradient has two parts; the first:
    dcentred = dx_hat / std
    dstd = -(dx_hat * centred / std**2).sum(axis=axes, keepdims=True)
    # std = sqrt(var + eps)
    dvar = dstd / (2 * std)
    # var = sum of centred² / m, with m numbers in a set; the second part:
    dcentred += dvar * 2 * centred / set_size(x_hat, axes)
    # centred = x - mean, and every x of a set is in the set's mean, by 1/m
    return dcentred - mean(dcentred, axes)


def mean(a: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """Return the mean along `axes`, which stay as axes of length 1. The mean of no numbers is 0 here."""
    return a.sum(axis=axes, keepdims=True) / max(1, set_size(a, axes))


def set_size(a: np.ndarray, axes: tuple[int, ...]) -> int:
    """Return how many numbers there are along `axes`."""
    return prod(a.shape[k] for k in axes)


def per_channel(gamma: np.ndarray, beta: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return gamma and beta, each (C,), laid along the channels of x."""
    for name, value in (("gamma", gamma), ("beta", beta)):
        same_shape(name, float_array(name, value, 1), x.shape[1:2], "one number for each of the channels of x")
    return gamma.reshape(channel_shape(x)), beta.reshape(channel_shape(x))


def channel_shape(x: np.ndarray) -> tuple[int, ...]:
    """Return the shape that lays one number for each channel along x: (C, 1, 1) for (N, C, H, W), (C,) for (N, C)."""
    return (x.shape[1], *[1] * (x.ndim - 2))


def split_channels(x: np.ndarray, num_groups: int) -> np.ndarray:
    """Return (N, C, ...) as (N, G, C/G, ...)."""
    n, channels, *size = x.shape
    return x.reshape(n, num_groups, channels // num_groups, *size)
