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
    raise NotImplementedError("ch07: write conv2d_loops")


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
    raise NotImplementedError("ch07: write im2col")


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
    raise NotImplementedError("ch08: write col2im")
