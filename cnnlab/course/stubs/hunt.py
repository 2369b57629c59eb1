"""Ten gears of one network, for the hunt of chapter 19.

Each function computes what the function of the same name without `repair_` computes, in the same way of calling; the
forward passes are those of the other files. As they are handed out, each of the ten has one mistake. What surrounds
them, the caches, the options and the helpers, is right.
"""

import numpy as np

from cnnlab.ops.activations import ReluCache, relu_forward
from cnnlab.ops.conv import (
    Size,
    channel_product,
    conv2d_forward,
    crop,
    flat,
    geometry,
    pad,
    padded_shape,
    split,
    split_filters,
    taps,
)
from cnnlab.ops.dropout import DropoutCache, dropout_forward
from cnnlab.ops.linear import LinearCache, linear_forward
from cnnlab.ops.losses import CrossEntropyCache, cross_entropy_forward
from cnnlab.ops.norm import NormCache, batch_norm_forward, channel_shape, mean
from cnnlab.ops.optim import MomentumState
from cnnlab.ops.pool import MaxPool2dCache, max_pool2d_forward
from cnnlab.ops.pool import crop as crop_pooled
from cnnlab.ops.pool import taps as window_taps

__all__ = [
    "batch_norm_forward",
    "conv2d_forward",
    "cross_entropy_forward",
    "dropout_forward",
    "linear_forward",
    "max_pool2d_forward",
    "relu_forward",
]


def repair_relu_backward(dy: np.ndarray, cache: ReluCache) -> np.ndarray:
    """Return the gradient of x (chapter 19, step 4).

    Args:
        dy: Upstream gradient, of x's shape.
        cache: From relu_forward.

    Returns:
        dx, of x's shape.
    """
    return dy * (dy > 0)


def repair_linear_backward(dy: np.ndarray, cache: LinearCache) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return the gradients of x, w and b (chapter 19, step 4).

    Args:
        dy: Upstream gradient, (N, out), or the axes of x in front of out.
        cache: From linear_forward.

    Returns:
        dx, of x's shape, dw (out, in) and db (out,), or None where there was no b.
    """
    x, w, b = cache
    samples, upstream = x.reshape(-1, w.shape[1]), dy.reshape(-1, w.shape[0])
    dw = upstream.T @ samples / len(samples)
    return dy @ w, dw, None if b is None else upstream.sum(axis=0)


def repair_cross_entropy_backward(dy: float | np.ndarray, cache: CrossEntropyCache) -> np.ndarray:
    """Return the gradient of logits (chapter 19, step 4).

    Args:
        dy: Upstream gradient, one number (1.0 at the end), or with "none" of the shape of target.
        cache: From cross_entropy_forward.

    Returns:
        dlogits, (N, C) or (N, C, H, W).
    """
    log_p, target, reduction = cache
    classes = np.arange(log_p.shape[1]).reshape(-1, *[1] * (log_p.ndim - 2))
    difference = np.exp(log_p) - (classes == target[:, None])
    if reduction == "none":
        return np.asarray(dy, log_p.dtype)[:, None] * difference
    each = log_p.dtype.type(dy)
    if reduction == "sum":
        each = each / log_p.dtype.type(max(target.size, 1))
    return each * difference


def repair_conv2d_bias_grad(dy: np.ndarray) -> np.ndarray:
    """Return the gradient of a convolution's bias (chapter 19, step 4).

    Args:
        dy: Upstream gradient, (N, F, OH, OW).

    Returns:
        db, (F,).

    Example:
        >>> repair_conv2d_bias_grad(np.ones((2, 3, 1, 1))).tolist()
        [2.0, 2.0, 2.0]
    """
    return dy.mean(axis=(2, 3)).sum(axis=0)


def repair_conv2d_weight_grad(
    dy: np.ndarray,
    x: np.ndarray,
    w_shape: tuple[int, int, int, int],
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> np.ndarray:
    """Return the gradient of a convolution's filters (chapter 19, step 4).

    Args:
        dy: Upstream gradient, (N, F, OH, OW).
        x: The images of the forward pass, (N, C, H, W).
        w_shape: (F, C/groups, KH, KW).
        stride, padding, dilation: An int or a pair (rows, columns), as in the forward pass.
        groups: As in the forward pass.

    Returns:
        dw, of shape w_shape.

    Example:
        >>> dw = repair_conv2d_weight_grad(np.ones((1, 1, 2, 2)), np.ones((1, 1, 3, 3)), (1, 1, 2, 2))
        >>> print(dw)
        [[[[4. 4.]
           [4. 4.]]]]
    """
    geo = geometry(x.shape, w_shape, stride=stride, padding=padding, dilation=dilation, groups=groups)
    x_padded = split(pad(x, geo), geo.groups)
    dy_rows = flat(split(dy, geo.groups))

    dw = np.zeros(w_shape, np.result_type(dy, x))
    dw_split = split_filters(dw, geo.groups)
    for u, v, cells in taps(geo):
        dw_split[..., v, u] = (dy_rows @ flat(x_padded[cells]).swapaxes(-1, -2)).sum(axis=0)
    return dw


def repair_conv2d_input_grad(
    dy: np.ndarray,
    w: np.ndarray,
    x_shape: tuple[int, int, int, int],
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> np.ndarray:
    """Return the gradient of a convolution's images (chapter 19, step 4).

    Args:
        dy: Upstream gradient, (N, F, OH, OW).
        w: Filters, (F, C/groups, KH, KW).
        x_shape: (N, C, H, W).
        stride, padding, dilation: An int or a pair (rows, columns), as in the forward pass.
        groups: As in the forward pass.

    Returns:
        dx, of shape x_shape.

    Example:
        >>> dx = repair_conv2d_input_grad(np.ones((1, 1, 2, 2)), np.ones((1, 1, 2, 2)), (1, 1, 3, 3))
        >>> print(dx)
        [[[[1. 2. 1.]
           [2. 4. 2.]
           [1. 2. 1.]]]]
    """
    geo = geometry(x_shape, w.shape, stride=stride, padding=padding, dilation=dilation, groups=groups)
    w_split = split_filters(w, geo.groups)
    dy_split = split(dy, geo.groups)

    dx_padded = np.zeros(padded_shape(x_shape, geo), np.result_type(dy, w))
    dx_split = split(dx_padded, geo.groups)
    for u, v, cells in taps(geo):
        dx_split[cells] += channel_product(w_split[..., -1 - u, -1 - v].swapaxes(1, 2), dy_split)
    return crop(dx_padded, geo).copy()


def repair_max_pool2d_backward(dy: np.ndarray, cache: MaxPool2dCache) -> np.ndarray:
    """Return the gradient of x (chapter 19, step 4).

    Args:
        dy: Upstream gradient, (N, C, OH, OW).
        cache: From max_pool2d_forward.

    Returns:
        dx, (N, C, H, W).
    """
    x_shape, winner, geo = cache
    dx_padded = np.zeros((*x_shape[:2], *geo.padded), dy.dtype)
    for tap, cells in enumerate(window_taps(geo)):
        dx_padded[cells] += np.where(winner <= tap, dy, 0)
    return crop_pooled(dx_padded, geo).copy()


def repair_batch_norm_backward(dy: np.ndarray, cache: NormCache) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of x, gamma and beta (chapter 19, step 4).

    Args:
        dy: Upstream gradient, of x's shape.
        cache: From batch_norm_forward.

    Returns:
        dx, of x's shape, dgamma (C,) and dbeta (C,).
    """
    x_hat, std, gamma = cache
    axes = (0, *range(2, dy.ndim))
    dx_hat = dy * gamma.reshape(channel_shape(dy))
    dx = (dx_hat - x_hat * mean(dx_hat * x_hat, axes)) / std
    return dx, (dy * x_hat).sum(axis=axes), dy.sum(axis=axes)


def repair_dropout_backward(dy: np.ndarray, cache: DropoutCache) -> np.ndarray:
    """Return the gradient of x (chapter 19, step 4).

    Args:
        dy: Upstream gradient, of x's shape.
        cache: From dropout_forward.

    Returns:
        dx, of x's shape.
    """
    return dy * cache.mask


def repair_momentum_step(
    param: np.ndarray,
    grad: np.ndarray,
    state: MomentumState | None = None,
    *,
    lr: float,
    momentum: float = 0.0,
    dampening: float = 0.0,
    weight_decay: float = 0.0,
    nesterov: bool = False,
) -> tuple[np.ndarray, MomentumState]:
    """Make one step of gradient descent with momentum (chapter 19, step 4).

    Args:
        param, grad: Any shape, the same.
        state: None at first, then what the last step returned.
        lr: The learning rate.
        momentum: How much of the velocity stays.
        dampening: How much of the gradient is held back, after the first step and where momentum is not 0.
        weight_decay: How much of the parameter is added to its gradient.
        nesterov: Whether to look ahead, which needs a momentum above 0 and a dampening of 0.

    Returns:
        The new parameter and the new state.

    Example:
        >>> param, _ = repair_momentum_step(np.array([1.0]), np.array([2.0]), lr=0.1, momentum=0.9)
        >>> print(param.round(4))
        [0.8]
    """
    grad = grad.astype(param.dtype, copy=False) + weight_decay * param
    velocity = grad if state is None or momentum == 0 else momentum * state.velocity + (1 - momentum) * grad
    direction = grad + momentum * velocity if nesterov else velocity
    return param - lr * direction, MomentumState(velocity)
