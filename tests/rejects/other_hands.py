"""Mistakes from a set written without sight of the checker: what moved, what is in another order, what was counted."""

import numpy as np

from tests.rejects import wrong
from tests.rejects.unfold import pair


@wrong("conv2d_input_grad", "shift")
def one_row_and_column_late(dy, w, x_shape, *, stride=1, padding=0, dilation=1, groups=1):
    """The padding cut off one cell too early: what came in at the edge is no zero where there is padding."""
    n, channels, h, width = x_shape
    ph, pw = pair(padding)
    options = {"stride": stride, "dilation": dilation, "groups": groups}
    with_padding = _input_grad(dy, w, (n, channels, h + 2 * ph, width + 2 * pw), **options)
    late = np.pad(with_padding, ((0, 0), (0, 0), (1, 0), (1, 0)))
    return late[:, :, ph : ph + h, pw : pw + width].copy()


def _input_grad(dy, w, x_shape, *, stride, dilation, groups):
    """Without padding: every output cell lays its kernel on the cells that it used."""
    (sh, sw), (dh, dw) = (pair(stride), pair(dilation))
    filters, per_group = len(w) // groups, w.shape[1]
    dx = np.zeros(x_shape, dy.dtype)
    for g in range(groups):
        own = slice(g * filters, (g + 1) * filters)
        to = slice(g * per_group, (g + 1) * per_group)
        for i, j, u, v in np.ndindex(*dy.shape[2:], *w.shape[2:]):
            dx[:, to, i * sh + u * dh, j * sw + v * dw] += dy[:, own, i, j] @ w[own, :, u, v]
    return dx


@wrong("im2col", "transpose")
def windows_column_by_column(x, *, kernel_size, stride=1, padding=0, dilation=1):
    """All the right numbers, the windows counted down the columns first."""
    (kh, kw), (sh, sw), (ph, pw), (dh, dw) = (pair(v) for v in (kernel_size, stride, padding, dilation))
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    columns = [
        xp[:, :, i : i + dh * (kh - 1) + 1 : dh, j : j + dw * (kw - 1) + 1 : dw].reshape(len(x), x.shape[1] * kh * kw)
        for j in range(0, xp.shape[3] - dw * (kw - 1), sw)
        for i in range(0, xp.shape[2] - dh * (kh - 1), sh)
    ]
    return np.stack(columns, axis=2)


def _standardized(d, x_hat, std, axes, divide_by=None):
    count = divide_by or np.prod([d.shape[a] for a in axes])
    total = d.sum(axis=axes, keepdims=True) + x_hat * (d * x_hat).sum(axis=axes, keepdims=True)
    return (d - total / count) / std


def _batch_norm(dy, cache, dx):
    x_hat, std, gamma = cache
    axes = (0, *range(2, dy.ndim))
    d = dy * gamma.reshape(-1, *[1] * (dy.ndim - 2))
    return dx(d, x_hat, std, axes), (dy * x_hat).sum(axis=axes), dy.sum(axis=axes)


@wrong("batch_norm_backward", "reduction")
def over_samples_alone(dy, cache):
    return _batch_norm(dy, cache, lambda d, x_hat, std, axes: _standardized(d, x_hat, std, (0,)))


@wrong("batch_norm_backward", "reduction")
def divided_by_samples_alone(dy, cache):
    return _batch_norm(dy, cache, lambda d, x_hat, std, axes: _standardized(d, x_hat, std, axes, len(d)))


@wrong("cross_entropy_backward", "scale")
def averaged_over_classes_too(dy, cache):
    """By the mean alone: the sum and the losses themselves are right."""
    log_p, target, reduction = cache
    one_hot = np.moveaxis(np.eye(log_p.shape[1], dtype=log_p.dtype)[target], -1, 1)
    each = np.broadcast_to(dy, target.shape)[:, None]
    return each / (log_p.size if reduction == "mean" else 1) * (np.exp(log_p) - one_hot)
