"""Convolution over images, forward and backward (chapter 8).

One formula does all the work. Output cell (i, j) of image n and filter f is

    y[n,f,i,j] = sum over c,u,v of  w[f,c,u,v] * x[n,c, s*i + d*u - p, s*j + d*v - p]  + b[f]

with stride s, padding p and dilation d. Fix one kernel position (u, v), a *tap*. Its weights w[:, :, u, v] are a
matrix over channels, and the cells of x that it meets, one for every (i, j), lie on a regular grid: one strided slice
of the padded x. The forward pass makes a column of what each window sees, and multiplies once: a row for each filter
times a column for each window.

Shapes: x (N, C, H, W), w (F, C/groups, KH, KW), b (F,), y (N, F, OH, OW) with
OH = floor((H + 2*p - d*(KH - 1) - 1) / s) + 1. Groups split channels and filters into equal, independent parts.
"""

from collections.abc import Iterator
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnlab.ops.arguments import float_array, positive, same_shape, size_pair

Size = int | tuple[int, int]


class Geometry(NamedTuple):
    """The sizes of one convolution, every pair as (rows, columns)."""

    image: tuple[int, int]
    kernel: tuple[int, int]
    output: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    groups: int


class Conv2dCache(NamedTuple):
    """What the backward pass needs: the inputs and the options of the forward pass."""

    x: np.ndarray
    w: np.ndarray
    b: np.ndarray | None
    stride: Size
    padding: Size
    dilation: Size
    groups: int


def conv2d_forward(
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray | None = None,
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> tuple[np.ndarray, Conv2dCache]:
    """Slide every filter over every image (chapter 8, step 1). Given; it is right.

    Args:
        x: Images, (N, C, H, W).
        w: Filters, (F, C/groups, KH, KW).
        b: One number for each filter, (F,), or None.
        stride, padding, dilation: An int or a pair (rows, columns).
        groups: An int that divides C and F.

    Returns:
        y, (N, F, OH, OW), and the cache for conv2d_backward.

    Raises:
        ValueError, TypeError: The sizes do not fit together.

    Example:
        >>> y, _ = conv2d_forward(np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2)), np.array([0.5]))
        >>> print(y)
        [[[[4.5 4.5]
           [4.5 4.5]]]]
    """
    float_array("x", x, 4)
    float_array("w", w, 4)
    geo = geometry(x.shape, w.shape, stride=stride, padding=padding, dilation=dilation, groups=groups)
    y = np.empty((len(x), len(w), *geo.output), np.result_type(x, w))
    np.matmul(filters_as_rows(w, geo.groups), windows_as_columns(x, geo), out=flat(split(y, geo.groups)))
    if b is not None:
        same_shape("b", float_array("b", b, 1), w.shape[:1], "one number for each of the filters in w")
        y += b[:, None, None]
    return y, Conv2dCache(x, w, b, stride, padding, dilation, groups)


def conv2d_backward(dy: np.ndarray, cache: Conv2dCache) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return the gradients of x, w and b, each from its own function below (chapter 8). Given.

    Args:
        dy: Upstream gradient, (N, F, OH, OW).
        cache: From conv2d_forward.

    Returns:
        dx (N, C, H, W), dw (F, C/groups, KH, KW) and db (F,), or None where there was no b.
    """
    x, w, b = cache.x, cache.w, cache.b
    how = {"stride": cache.stride, "padding": cache.padding, "dilation": cache.dilation, "groups": cache.groups}
    y_shape = (len(x), len(w), *geometry(x.shape, w.shape, **how).output)
    same_shape("dy", float_array("dy", dy, 4), y_shape, "the shape of y")
    dx = conv2d_input_grad(dy, w, x.shape, **how)
    dw = conv2d_weight_grad(dy, x, w.shape, **how)
    return dx, dw, None if b is None else conv2d_bias_grad(dy)


def conv2d_bias_grad(dy: np.ndarray) -> np.ndarray:
    """Return the gradient of the bias (chapter 8, step 2).

    Args:
        dy: Upstream gradient, (N, F, OH, OW).

    Returns:
        db, (F,).

    Example:
        >>> conv2d_bias_grad(np.ones((2, 3, 4, 4))).tolist()
        [32.0, 32.0, 32.0]
    """
    raise NotImplementedError("ch08: write conv2d_bias_grad")


def conv2d_weight_grad(
    dy: np.ndarray,
    x: np.ndarray,
    w_shape: tuple[int, int, int, int],
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> np.ndarray:
    """Return the gradient of the filters (chapter 8, step 3).

    The formula is the same with stride and padding.

    Args:
        dy: Upstream gradient, (N, F, OH, OW).
        x: The images of the forward pass, (N, C, H, W).
        w_shape: (F, C/groups, KH, KW).
        stride, padding, dilation: An int or a pair (rows, columns), as in the forward pass.
        groups: As in the forward pass.

    Returns:
        dw, of shape w_shape.

    Example:
        >>> dw = conv2d_weight_grad(np.ones((1, 1, 2, 2)), np.ones((1, 1, 3, 3)), (1, 1, 2, 2))
        >>> print(dw)
        [[[[4. 4.]
           [4. 4.]]]]
    """
    raise NotImplementedError("ch08: write conv2d_weight_grad")


def conv2d_input_grad(
    dy: np.ndarray,
    w: np.ndarray,
    x_shape: tuple[int, int, int, int],
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> np.ndarray:
    """Return the gradient of the images (chapter 8, steps 4 to 8).

    Steps 4 and 5 without options; with stride and padding, steps 6 to 8.

    Args:
        dy: Upstream gradient, (N, F, OH, OW).
        w: Filters, (F, C/groups, KH, KW).
        x_shape: (N, C, H, W), which dy and w alone do not tell: a remainder that no window reached leaves no trace.
        stride, padding, dilation: An int or a pair (rows, columns), as in the forward pass.
        groups: As in the forward pass.

    Returns:
        dx, of shape x_shape.

    Example:
        >>> dx = conv2d_input_grad(np.ones((1, 1, 2, 2)), np.ones((1, 1, 2, 2)), (1, 1, 3, 3))
        >>> print(dx)
        [[[[1. 2. 1.]
           [2. 4. 2.]
           [1. 2. 1.]]]]
    """
    raise NotImplementedError("ch08: write conv2d_input_grad")


# The pieces that the passes share.


def geometry(x_shape, w_shape, *, stride, padding, dilation, groups) -> Geometry:
    """Return the sizes that the options give, or refuse what does not fit."""
    if len(x_shape) != 4:
        raise ValueError(f"x has shape {tuple(x_shape)}; four axes (N, C, H, W) are needed")
    if len(w_shape) != 4:
        raise ValueError(f"w has shape {tuple(w_shape)}; four axes (F, C/groups, KH, KW) are needed")
    stride, dilation = (size_pair("stride", stride, 1), size_pair("dilation", dilation, 1))
    padding, groups = size_pair("padding", padding, 0), positive("groups", groups)
    (channels, *image), (filters, per_group, *kernel) = x_shape[1:], w_shape
    if channels % groups or filters % groups:
        raise ValueError(
            f"groups is {groups}; a divisor of x's {channels} channels and w's {filters} filters is needed"
        )
    if per_group * groups != channels:
        raise ValueError(
            f"w has shape {tuple(w_shape)} and x {channels} channels with groups {groups}; "
            f"w needs {channels // groups} on its second axis"
        )
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]  # cells from a window's first to its last
    room = [size + 2 * p for size, p in zip(image, padding, strict=True)]
    if min(kernel) < 1 or any(r > have for r, have in zip(reach, room, strict=True)):
        raise ValueError(
            f"the kernel is {kernel[0]}×{kernel[1]}, {reach[0]}×{reach[1]} with dilation; "
            f"at most the padded image, {room[0]}×{room[1]}, and at least 1×1 is needed"
        )
    output = [(have - r) // s + 1 for have, r, s in zip(room, reach, stride, strict=True)]
    return Geometry(tuple(image), tuple(kernel), tuple(output), stride, padding, dilation, groups)


def taps(geo: Geometry) -> Iterator[tuple[int, int, tuple]]:
    """Yield every kernel position (u, v) with the slice of the padded image that it meets as i and j run."""
    (sh, sw), (dh, dw), (oh, ow) = geo.stride, geo.dilation, geo.output
    for u in range(geo.kernel[0]):
        for v in range(geo.kernel[1]):
            rows = slice(dh * u, dh * u + sh * (oh - 1) + 1, sh)
            columns = slice(dw * v, dw * v + sw * (ow - 1) + 1, sw)
            yield u, v, (..., rows, columns)


def channel_product(matrix: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Multiply (G, F, C) by (N, G, C, OH, OW): at each position, the matrix by the vector of channels."""
    n, groups, _, *positions = cells.shape
    return (matrix @ flat(cells)).reshape(n, groups, matrix.shape[1], *positions)


def windows_as_columns(x: np.ndarray, geo: Geometry) -> np.ndarray:
    """Return what each window sees as a column: (N, G, C/G * KH * KW, OH * OW)."""
    (sh, sw), (dh, dw), (kh, kw) = geo.stride, geo.dilation, geo.kernel
    x_padded = split(pad(x, geo), geo.groups)
    seen = sliding_window_view(x_padded, (dh * (kh - 1) + 1, dw * (kw - 1) + 1), axis=(3, 4))
    seen = seen[:, :, :, ::sh, ::sw, ::dh, ::dw].transpose(0, 1, 2, 5, 6, 3, 4)  # (N, G, C/G, KH, KW, OH, OW)
    return seen.reshape(*seen.shape[:2], prod(seen.shape[2:5]), prod(geo.output))


def filters_as_rows(w: np.ndarray, groups: int) -> np.ndarray:
    """Return (F, C/G, KH, KW) as (G, F/G, C/G * KH * KW): one row for each filter."""
    filters = split_filters(w, groups)
    return filters.reshape(*filters.shape[:2], prod(filters.shape[2:]))


def flat(cells: np.ndarray) -> np.ndarray:
    """Return (N, G, C, OH, OW) as (N, G, C, OH * OW): one column for each position."""
    *front, oh, ow = cells.shape
    return cells.reshape(*front, oh * ow)


def split(images: np.ndarray, groups: int) -> np.ndarray:
    """Return (N, C, H, W) as (N, G, C/G, H, W)."""
    n, channels, *size = images.shape
    return images.reshape(n, groups, channels // groups, *size)


def split_filters(w: np.ndarray, groups: int) -> np.ndarray:
    """Return (F, C/G, KH, KW) as (G, F/G, C/G, KH, KW)."""
    return w.reshape(groups, len(w) // groups, *w.shape[1:])


def padded_shape(shape: tuple[int, ...], geo: Geometry) -> tuple[int, ...]:
    """Return the shape of the images with their padding."""
    (h, w), (ph, pw) = geo.image, geo.padding
    return (*shape[:2], h + 2 * ph, w + 2 * pw)


def pad(x: np.ndarray, geo: Geometry) -> np.ndarray:
    """Return x with rows and columns of zeros around it; without padding x itself."""
    if geo.padding == (0, 0):
        return x
    x_padded = np.zeros(padded_shape(x.shape, geo), x.dtype)
    crop(x_padded, geo)[...] = x
    return x_padded


def crop(x_padded: np.ndarray, geo: Geometry) -> np.ndarray:
    """Return the image inside the padding, as a view."""
    (h, w), (ph, pw) = geo.image, geo.padding
    return x_padded[:, :, ph : ph + h, pw : pw + w]
