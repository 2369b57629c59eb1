"""Convolution as loops and as one matrix product: the windows of an image as columns, and back (chapters 7 and 8).

Output cell (i, j) of a convolution looks at the image through a window: the cells

    x[n,c, s*i + d*u - p, s*j + d*v - p]    for all channels c and kernel positions (u, v),

with stride s, padding p and dilation d. `im2col` copies the window of every (i, j) into a column of its own, after
which the convolution is one matrix product. `col2im` takes columns of that kind back to an image.

Shapes: x (N, C, H, W), cols (N, C*KH*KW, OH*OW) with rows in the order of c, u, v and columns in the order of i, j,
where OH = floor((H + 2*p - d*(KH - 1) - 1) / s) + 1. `size_pair` of arguments.py reads an option that is an int or a
pair. Sizes that do not fit together raise ValueError or TypeError; a first version of yours need not check them.
"""

import numpy as np

from cnnlab.ops.arguments import float_array, image_array, same_shape, size_pair

Size = int | tuple[int, int]


def conv2d_loops(
    x: np.ndarray, w: np.ndarray, b: np.ndarray | None = None, *, stride: Size = 1, padding: Size = 0
) -> np.ndarray:
    """Slide every filter over every image, one term at a time (chapter 7, convolution as loops).

    Args:
        x: Images, (N, C, H, W).
        w: Filters, (F, C, KH, KW).
        b: One number for each filter, (F,), or None.
        stride, padding: An int or a pair (rows, columns).

    Returns:
        y, (N, F, OH, OW).

    Example:
        >>> conv2d_loops(np.ones((1, 1, 1, 3)), np.ones((1, 1, 1, 2)), np.array([0.5])).tolist()
        [[[[2.5, 2.5]]]]
    """
    # y[n,f,i,j] = sum over c,u,v of  w[f,c,u,v] * x[n,c, s*i + u - p, s*j + v - p]  + b[f], where x is 0 outside
    (n_images, channels, h, width), (filters, _, kh, kw) = image_array("x", x).shape, image_array("w", w).shape
    same_shape("w", w, (filters, channels, kh, kw), "on its second axis x's channels")
    if b is not None:
        same_shape("b", float_array("b", b, 1), (filters,), "one number for each of the filters in w")
    (sh, sw), (ph, pw) = size_pair("stride", stride, 1), size_pair("padding", padding, 0)
    oh, ow = _output_size((h, width), (kh, kw), (sh, sw), (ph, pw))

    y = np.zeros((n_images, filters, oh, ow), np.result_type(x, w))
    for n, f, i, j in np.ndindex(y.shape):
        for c, u, v in np.ndindex(channels, kh, kw):
            row, column = sh * i + u - ph, sw * j + v - pw
            if 0 <= row < h and 0 <= column < width:
                y[n, f, i, j] += w[f, c, u, v] * x[n, c, row, column]
        if b is not None:
            y[n, f, i, j] += b[f]
    return y


def im2col(x: np.ndarray, *, kernel_size: Size, stride: Size = 1, padding: Size = 0, dilation: Size = 1) -> np.ndarray:
    """Return the windows of every image as columns (chapter 7, windows as columns).

    torch.nn.functional.unfold computes the same.

    Args:
        x: Images, (N, C, H, W).
        kernel_size, stride, padding, dilation: An int or a pair (rows, columns).

    Returns:
        cols, (N, C*KH*KW, OH*OW): one column for each window, one row for each channel and kernel position.

    Example:
        >>> im2col(np.array([[[[1.0, 2.0, 3.0]]]]), kernel_size=(1, 2)).tolist()
        [[[1.0, 2.0], [2.0, 3.0]]]
    """
    # cols[n, (c,u,v), (i,j)] = x[n,c, s*i + d*u - p, s*j + d*v - p]: each tap (u, v) is one strided slice of x
    n, channels, *image = image_array("x", x).shape
    kernel, stride, padding, dilation = _pairs(kernel_size, stride, padding, dilation)
    output = _output_size(image, kernel, stride, padding, dilation)
    ph, pw = padding

    x_padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    cols = np.zeros((n, channels, *kernel, *output), x.dtype)
    for u, v, cells in _taps(kernel, output, stride, dilation):
        cols[:, :, u, v] = x_padded[cells]
    return cols.reshape(n, channels * kernel[0] * kernel[1], output[0] * output[1])


def col2im(
    cols: np.ndarray,
    *,
    output_size: Size,
    kernel_size: Size,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
) -> np.ndarray:
    """Add columns back into images, the backward pass of im2col (chapter 8, step 9).

    torch.nn.functional.fold computes the same.

    Args:
        cols: (N, C*KH*KW, OH*OW), in im2col's order.
        output_size: H and W of the images, an int or a pair.
        kernel_size, stride, padding, dilation: As in im2col.

    Returns:
        x, (N, C, H, W): in each cell the sum of all entries of cols that im2col would have copied from it.

    Example:
        >>> col2im(np.array([[[1.0, 2.0], [2.0, 3.0]]]), output_size=(1, 3), kernel_size=(1, 2)).tolist()
        [[[[1.0, 4.0, 3.0]]]]
    """
    # x[n,c, s*i + d*u - p, s*j + d*v - p] += cols[n, (c,u,v), (i,j)], for all n,c,u,v,i,j: im2col read the other way
    h, w = size_pair("output_size", output_size, 1)
    kernel, stride, padding, dilation = _pairs(kernel_size, stride, padding, dilation)
    output = _output_size((h, w), kernel, stride, padding, dilation)
    (kh, kw), (ph, pw) = kernel, padding
    n, rows, _ = float_array("cols", cols, 3).shape
    if rows % (kh * kw) or rows == 0:
        raise ValueError(f"cols has {rows} rows; a multiple of {kh * kw} is needed: {kh}×{kw} for each channel")
    because = f"a column for each of {output[0]}×{output[1]} windows"
    same_shape("cols", cols, (n, rows, output[0] * output[1]), because)

    taps_first = cols.reshape(n, rows // (kh * kw), kh, kw, *output)
    x_padded = np.zeros((n, rows // (kh * kw), h + 2 * ph, w + 2 * pw), cols.dtype)
    for u, v, cells in _taps(kernel, output, stride, dilation):
        x_padded[cells] += taps_first[:, :, u, v]
    return x_padded[:, :, ph : ph + h, pw : pw + w].copy()


def _pairs(kernel_size, stride, padding, dilation):
    """Return the four options as pairs (rows, columns)."""
    kernel, stride = size_pair("kernel_size", kernel_size, 1), size_pair("stride", stride, 1)
    return kernel, stride, size_pair("padding", padding, 0), size_pair("dilation", dilation, 1)


def _output_size(image, kernel, stride, padding, dilation=(1, 1)) -> tuple[int, int]:
    """Return how many windows fit below and beside each other."""
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]  # cells from a window's first to its last
    room = [size + 2 * p for size, p in zip(image, padding, strict=True)]
    if any(r > have for r, have in zip(reach, room, strict=True)):
        raise ValueError(
            f"the kernel is {kernel[0]}×{kernel[1]}, {reach[0]}×{reach[1]} with dilation; "
            f"at most the padded image, {room[0]}×{room[1]}, is needed"
        )
    rows, columns = ((have - r) // s + 1 for have, r, s in zip(room, reach, stride, strict=True))
    return rows, columns


def _taps(kernel, output, stride, dilation):
    """Yield every kernel position (u, v) with the slice of the padded image that it meets as i and j run."""
    (kh, kw), (oh, ow), (sh, sw), (dh, dw) = kernel, output, stride, dilation
    for u in range(kh):
        for v in range(kw):
            rows = slice(dh * u, dh * u + sh * (oh - 1) + 1, sh)
            columns = slice(dw * v, dw * v + sw * (ow - 1) + 1, sw)
            yield u, v, (..., rows, columns)
