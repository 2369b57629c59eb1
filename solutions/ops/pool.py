"""Pooling over images, forward and backward (chapter 9).

Output cell (i, j) of a channel summarises one window of it by a single number,

    max:      y[n,c,i,j] = max over u,v of   x[n,c, s*i + d*u - p, s*j + d*v - p]
    average:  y[n,c,i,j] = sum over u,v of   x[n,c, s*i + u - p, s*j + v - p] / count[i,j]

with stride s, padding p and, for max alone, dilation d. Nothing is learned here, and no channel sees another. As in
chapter 8 each pass is a loop over taps: the cells that kernel position (u, v) meets, one for every (i, j), are one
strided slice of the padded image.

Shapes: x (N, C, H, W), y (N, C, OH, OW) with OH = floor((H + 2*p - d*(KH - 1) - 1) / s) + 1. With ceil_mode the
division is rounded up, and a last window may reach beyond the padding, if it begins before the end of the image.
Adaptive pooling is given OH instead: window i begins at row floor(i*H / OH) and ends before row ceil((i + 1)*H / OH).
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from cnnlab.ops.arguments import boolean, float_array, image_array, same_shape, size_pair

Size = int | tuple[int, int]


class Geometry(NamedTuple):
    """The sizes of one pooling, every pair as (rows, columns). `padded` is the image with all that windows reach."""

    image: tuple[int, int]
    kernel: tuple[int, int]
    output: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    padded: tuple[int, int]


class MaxPool2dCache(NamedTuple):
    """What the backward pass needs: x's shape, which cell won in each window, and the sizes."""

    x_shape: tuple[int, int, int, int]
    winner: np.ndarray  # (N, C, OH, OW): the number KW*u + v of the winning tap; -1 where a window met no cell of x
    geo: Geometry


class AvgPool2dCache(NamedTuple):
    """What the backward pass needs: x's shape, the sizes, and whether padding counts."""

    x_shape: tuple[int, int, int, int]
    geo: Geometry
    count_include_pad: bool


class AdaptiveAvgPool2dCache(NamedTuple):
    """What the backward pass needs: x's shape and y's."""

    x_shape: tuple[int, int, int, int]
    y_shape: tuple[int, int, int, int]


def max_pool2d_forward(
    x: np.ndarray,
    *,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
) -> tuple[np.ndarray, MaxPool2dCache]:
    """Return the largest cell of every window (chapter 9). Given; it is right.

    Of equal cells the first in row-major order wins; NaN wins over every number, and of several the last.

    Args:
        x: Images, (N, C, H, W).
        kernel_size, dilation: An int or a pair (rows, columns).
        stride: An int or a pair (rows, columns); None is the kernel's size.
        padding: An int or a pair (rows, columns); it counts as -inf and is at most half the kernel.
        ceil_mode: Whether a last window may reach beyond the padding.

    Returns:
        y, (N, C, OH, OW), and the cache for max_pool2d_backward.

    Raises:
        ValueError, TypeError: The sizes do not fit together.

    Example:
        >>> y, _ = max_pool2d_forward(np.array([[[[1.0, 2.0], [4.0, 3.0]]]]), kernel_size=2)
        >>> print(y)
        [[[[4.]]]]
    """
    image_array("x", x)
    geo = geometry(x.shape, kernel_size, stride, padding, dilation, ceil_mode)
    x_padded, inside = pad(x, geo, -np.inf), pad(np.ones((1, 1, *geo.image), bool), geo, False)

    y = np.full((*x.shape[:2], *geo.output), -np.inf, x.dtype)
    winner = np.full(y.shape, -1)
    for tap, cells in enumerate(taps(geo)):
        value = x_padded[cells].copy()  # in one piece: it is read three times
        better = inside[cells] & ((winner < 0) | (value > y) | np.isnan(value))
        winner = np.where(better, tap, winner)
        y = np.maximum(y, value)
    return y, MaxPool2dCache(x.shape, winner, geo)


def max_pool2d_backward(dy: np.ndarray, cache: MaxPool2dCache) -> np.ndarray:
    """Return the gradient of x (chapter 9, max pooling).

    Args:
        dy: Upstream gradient, (N, C, OH, OW).
        cache: From max_pool2d_forward.

    Returns:
        dx, (N, C, H, W).
    """
    # dx[n,c, s*i + d*u - p, s*j + d*v - p] += dy[n,c,i,j], where (u, v) is the winner of window (i, j): y is that one
    # cell, so the others get nothing; a cell that wins in several windows collects from each
    x_shape, winner, geo = cache
    same_shape("dy", float_array("dy", dy, 4), winner.shape, "the shape of y")

    dx_padded = np.zeros((*x_shape[:2], *geo.padded), dy.dtype)
    for tap, cells in enumerate(taps(geo)):
        dx_padded[cells] += dy * (winner == tap)
    return crop(dx_padded, geo).copy()


def avg_pool2d_forward(
    x: np.ndarray,
    *,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> tuple[np.ndarray, AvgPool2dCache]:
    """Return the mean of every window (chapter 9). Given; it is right.

    Args:
        x: Images, (N, C, H, W).
        kernel_size: An int or a pair (rows, columns).
        stride: An int or a pair (rows, columns); None is the kernel's size.
        padding: An int or a pair (rows, columns); it counts as 0 and is at most half the kernel.
        ceil_mode: Whether a last window may reach beyond the padding.
        count_include_pad: Whether the mean is over the cells of the padding too, or over those of x alone.

    Returns:
        y, (N, C, OH, OW), and the cache for avg_pool2d_backward.

    Raises:
        ValueError, TypeError: The sizes do not fit together.

    Example:
        >>> y, _ = avg_pool2d_forward(np.array([[[[1.0, 2.0], [4.0, 3.0]]]]), kernel_size=2)
        >>> print(y)
        [[[[2.5]]]]
    """
    image_array("x", x)
    geo = geometry(x.shape, kernel_size, stride, padding, 1, ceil_mode)
    x_padded, count = pad(x, geo, 0), cells_counted(geo, boolean("count_include_pad", count_include_pad))

    y = np.zeros((*x.shape[:2], *geo.output), x.dtype)
    for cells in taps(geo):
        y += x_padded[cells]
    y /= count
    return y, AvgPool2dCache(x.shape, geo, count_include_pad)


def avg_pool2d_backward(dy: np.ndarray, cache: AvgPool2dCache) -> np.ndarray:
    """Return the gradient of x (chapter 9, average pooling).

    Args:
        dy: Upstream gradient, (N, C, OH, OW).
        cache: From avg_pool2d_forward.

    Returns:
        dx, (N, C, H, W).
    """
    # dx[n,c, s*i + u - p, s*j + v - p] += dy[n,c,i,j] / count[i,j], for all u,v: every cell has an equal share in y
    x_shape, geo, count_include_pad = cache
    same_shape("dy", float_array("dy", dy, 4), (*x_shape[:2], *geo.output), "the shape of y")
    share = dy / cells_counted(geo, count_include_pad)

    dx_padded = np.zeros((*x_shape[:2], *geo.padded), dy.dtype)
    for cells in taps(geo):
        dx_padded[cells] += share
    return crop(dx_padded, geo).copy()


def adaptive_avg_pool2d_forward(
    x: np.ndarray, *, output_size: int | tuple[int | None, int | None]
) -> tuple[np.ndarray, AdaptiveAvgPool2dCache]:
    """Return the mean of every window, with as many windows as are asked for (chapter 9). Given; it is right.

    Args:
        x: Images, (N, C, H, W).
        output_size: An int or a pair (rows, columns); None in a pair is x's own size.

    Returns:
        y, (N, C, OH, OW), and the cache for adaptive_avg_pool2d_backward.

    Raises:
        ValueError, TypeError: There is no output of that size.

    Example:
        >>> y, _ = adaptive_avg_pool2d_forward(np.array([[[[1.0, 2.0, 6.0]]]]), output_size=1)
        >>> print(y)
        [[[[3.]]]]
    """
    image_array("x", x)
    y = np.zeros(adaptive_shape(x.shape, output_size), x.dtype)
    for i, j, cells in adaptive_windows(x.shape, y.shape):
        y[:, :, i, j] = x[cells].mean(axis=(2, 3))
    return y, AdaptiveAvgPool2dCache(x.shape, y.shape)


def adaptive_avg_pool2d_backward(dy: np.ndarray, cache: AdaptiveAvgPool2dCache) -> np.ndarray:
    """Return the gradient of x (chapter 9, adaptive pooling).

    Args:
        dy: Upstream gradient, (N, C, OH, OW).
        cache: From adaptive_avg_pool2d_forward.

    Returns:
        dx, (N, C, H, W).
    """
    # dx[n,c,a,e] = sum over the windows (i, j) that (a, e) lies in of  dy[n,c,i,j] / count[i,j]; they may overlap
    same_shape("dy", float_array("dy", dy, 4), cache.y_shape, "the shape of y")
    dx = np.zeros(cache.x_shape, dy.dtype)
    for i, j, cells in adaptive_windows(cache.x_shape, cache.y_shape):
        rows, columns = dx[cells].shape[2:]
        dx[cells] += dy[:, :, i, j, None, None] / (rows * columns)
    return dx


# The pieces that forward and backward share.


def geometry(x_shape, kernel_size, stride, padding, dilation, ceil_mode) -> Geometry:
    """Return the sizes that the options give, or refuse what does not fit."""
    kernel, dilation = size_pair("kernel_size", kernel_size, 1), size_pair("dilation", dilation, 1)
    stride = kernel if stride is None else size_pair("stride", stride, 1)
    padding, ceil_mode = size_pair("padding", padding, 0), boolean("ceil_mode", ceil_mode)
    if any(2 * p > k for p, k in zip(padding, kernel, strict=True)):
        raise ValueError(f"padding is {padding} and kernel_size {kernel}; at most half the kernel is needed")
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]  # cells from a window's first to its last
    output, padded = [], []
    for size, p, r, s in zip(x_shape[2:], padding, reach, stride, strict=True):
        room = size + 2 * p
        windows = (room - r + (s - 1 if ceil_mode else 0)) // s + 1
        if ceil_mode and (windows - 1) * s >= size + p:
            windows -= 1  # the last would begin in the padding after the image
        output.append(windows)
        padded.append(max(room, (windows - 1) * s + r))
    if min(output) < 1:
        raise ValueError(
            f"the kernel is {kernel[0]}×{kernel[1]}, {reach[0]}×{reach[1]} with dilation, the image "
            f"{x_shape[2]}×{x_shape[3]} with padding {padding}; a kernel that fits into the padded image is needed"
        )
    return Geometry(tuple(x_shape[2:]), kernel, tuple(output), stride, padding, dilation, tuple(padded))


def taps(geo: Geometry) -> Iterator[tuple]:
    """Yield for every kernel position, in row-major order, the slice of the padded image that it meets."""
    (sh, sw), (dh, dw), (oh, ow) = geo.stride, geo.dilation, geo.output
    for u in range(geo.kernel[0]):
        for v in range(geo.kernel[1]):
            rows = slice(dh * u, dh * u + sh * (oh - 1) + 1, sh)
            columns = slice(dw * v, dw * v + sw * (ow - 1) + 1, sw)
            yield (..., rows, columns)


def cells_counted(geo: Geometry, count_include_pad: bool) -> np.ndarray:
    """Return how many cells each window's mean is over, (OH, OW); what ceil_mode adds beyond padding never counts."""
    (h, w), (ph, pw) = geo.image, geo.padding
    counts = np.zeros(geo.padded, int)
    if count_include_pad:
        counts[: h + 2 * ph, : w + 2 * pw] = 1
    else:
        counts[ph : ph + h, pw : pw + w] = 1
    return np.sum([counts[cells] for cells in taps(geo)], axis=0)


def adaptive_shape(x_shape, output_size) -> tuple[int, int, int, int]:
    """Return the shape of y that output_size asks for."""
    if isinstance(output_size, (tuple, list)) and len(output_size) == 2:
        output_size = [own if o is None else o for o, own in zip(output_size, x_shape[2:], strict=True)]
    return (*x_shape[:2], *size_pair("output_size", output_size, 0))


def adaptive_windows(x_shape, y_shape) -> Iterator[tuple[int, int, tuple]]:
    """Yield every output cell (i, j) with its window of x as a slice."""
    (h, w), (oh, ow) = x_shape[2:], y_shape[2:]
    for i in range(oh):
        for j in range(ow):
            rows = slice(i * h // oh, -(-(i + 1) * h // oh))  # -(-a // b) is a / b rounded up
            columns = slice(j * w // ow, -(-(j + 1) * w // ow))
            yield i, j, (..., rows, columns)


def pad(x: np.ndarray, geo: Geometry, value: float) -> np.ndarray:
    """Return x with a value around it, as far as the windows reach; x itself where they reach no further."""
    if geo.padded == geo.image:
        return x
    x_padded = np.full((*x.shape[:2], *geo.padded), value, x.dtype)
    crop(x_padded, geo)[...] = x
    return x_padded


def crop(x_padded: np.ndarray, geo: Geometry) -> np.ndarray:
    """Return the image inside the padding, as a view."""
    (h, w), (ph, pw) = geo.image, geo.padding
    return x_padded[:, :, ph : ph + h, pw : pw + w]
