"""Transposed convolution, forward and backward (chapter 14).

A convolution takes x to y = Ax, and its backward pass takes dy to dx = Aᵀ dy. The transposed convolution uses Aᵀ as
its forward pass: every cell of x lays a whole kernel, times its value, on the output, and where kernels overlap they
add up,

    y[n,f, s*i + d*u - p, s*j + d*v - p] += sum over c of  w[c,f,u,v] * x[n,c,i,j]    for all n,f,i,j,u,v

with stride s, padding p and dilation d; then b[f] is added. Positions outside y are dropped, so here padding takes
rows away. That is chapter 8's conv2d_input_grad with x in the place of dy, and so it is called here.

Shapes: x (N, C, H, W), w (C, F/groups, KH, KW), b (F,), y (N, F, OH, OW) with
OH = (H - 1)*s - 2*p + d*(KH - 1) + 1 + output_padding. A convolution takes several image sizes to the same output
size; output_padding, rows and columns at the end only, says which of them is meant.
"""

from typing import NamedTuple

import numpy as np

from cnnlab.ops.arguments import float_array, image_array, positive, same_shape, size_pair
from cnnlab.ops.conv import conv2d_forward, conv2d_input_grad, conv2d_weight_grad

Size = int | tuple[int, int]


class ConvTranspose2dCache(NamedTuple):
    """What the backward pass needs: the inputs and the options of the forward pass."""

    x: np.ndarray
    w: np.ndarray
    b: np.ndarray | None
    stride: Size
    padding: Size
    output_padding: Size
    dilation: Size
    groups: int


def conv_transpose2d_forward(
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray | None = None,
    *,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> tuple[np.ndarray, ConvTranspose2dCache]:
    """Lay a kernel on the output for every cell of every image (chapter 14). Given; it calls conv2d_input_grad.

    Args:
        x: Images, (N, C, H, W).
        w: Kernels, (C, F/groups, KH, KW).
        b: One number for each channel of y, (F,), or None.
        stride, padding, dilation: An int or a pair (rows, columns).
        output_padding: An int or a pair, smaller than the stride or the dilation.
        groups: An int that divides C.

    Returns:
        y, (N, F, OH, OW), and the cache for conv_transpose2d_backward.

    Raises:
        ValueError, TypeError: The sizes do not fit together.

    Example:
        >>> y, _ = conv_transpose2d_forward(np.array([[[[1.0, 2.0]]]]), np.ones((1, 1, 1, 2)), stride=2)
        >>> print(y)
        [[[[1. 1. 2. 2.]]]]
    """
    image_array("x", x)
    image_array("w", w)
    how = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    y_shape = output_shape(x.shape, w.shape, output_padding=output_padding, **how)
    y = conv2d_input_grad(widened(x, stride, output_padding), w, y_shape, **how)
    if b is not None:
        same_shape("b", float_array("b", b, 1), y_shape[1:2], "one number for each channel of y")
        y += b[:, None, None]
    return y, ConvTranspose2dCache(x, w, b, stride, padding, output_padding, dilation, groups)


def conv_transpose2d_backward(
    dy: np.ndarray, cache: ConvTranspose2dCache
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return the gradients of x, w and b (chapter 14, steps 3 and 4).

    Args:
        dy: Upstream gradient, (N, F, OH, OW).
        cache: From conv_transpose2d_forward.

    Returns:
        dx (N, C, H, W), dw (C, F/groups, KH, KW) and db (F,), or None where there was no b.
    """
    # y = Aᵀ x, so dx = A dy, a convolution of dy. And the convolution that A is has dy as its images and x as its
    # upstream gradient: dw[c,f,u,v] = sum over n,i,j of  x[n,c,i,j] * dy[n,f, s*i + d*u - p, s*j + d*v - p]
    x, w, b = cache.x, cache.w, cache.b
    how = {"stride": cache.stride, "padding": cache.padding, "dilation": cache.dilation, "groups": cache.groups}
    y_shape = output_shape(x.shape, w.shape, output_padding=cache.output_padding, **how)
    same_shape("dy", float_array("dy", dy, 4), y_shape, "the shape of y")

    dx_widened, _ = conv2d_forward(dy, w, **how)
    dx = dx_widened[:, :, : x.shape[2], : x.shape[3]].copy()
    dw = conv2d_weight_grad(widened(x, cache.stride, cache.output_padding), dy, w.shape, **how)
    return dx, dw, None if b is None else dy.sum(axis=(0, 2, 3))


# The pieces that both passes share.


def output_shape(x_shape, w_shape, *, stride, padding, output_padding, dilation, groups) -> tuple[int, int, int, int]:
    """Return the shape of y that the options give, or refuse what does not fit."""
    stride, dilation = size_pair("stride", stride, 1), size_pair("dilation", dilation, 1)
    padding, extra = size_pair("padding", padding, 0), size_pair("output_padding", output_padding, 0)
    groups = positive("groups", groups)
    (n, channels, *image), (kernels, per_group, *kernel) = x_shape, w_shape
    if channels % groups:
        raise ValueError(f"groups is {groups}; a divisor of x's {channels} channels is needed")
    if kernels != channels:
        raise ValueError(f"w has shape {tuple(w_shape)}; {channels} on its first axis are needed: x's channels")
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation, strict=True)):
        raise ValueError(
            f"output_padding is {extra}; less than the stride, {stride}, or the dilation, {dilation}, is needed"
        )
    rows, columns = (
        (size - 1) * s - 2 * p + d * (k - 1) + 1 + e
        for size, s, p, d, k, e in zip(image, stride, padding, dilation, kernel, extra, strict=True)
    )
    if min(rows, columns) < 1:
        raise ValueError(f"padding is {padding}, which leaves an output of {rows}×{columns}; at least 1×1 is needed")
    return n, per_group * groups, rows, columns


def widened(x: np.ndarray, stride: Size, output_padding: Size) -> np.ndarray:
    """Return x with one more row or column of zeros for every whole stride in the output padding.

    A convolution of y has that many more windows, and conv2d_input_grad needs a cell of x for each. There are none
    unless the dilation is above the stride.
    """
    (sh, sw), (eh, ew) = size_pair("stride", stride, 1), size_pair("output_padding", output_padding, 0)
    n, channels, h, w = x.shape
    wide = np.zeros((n, channels, h + eh // sh, w + ew // sw), x.dtype)
    wide[:, :, :h, :w] = x
    return wide
