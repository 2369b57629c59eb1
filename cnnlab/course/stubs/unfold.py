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
    """Slide every filter over every image, one term at a time (chapter 7).

    x: images, (N, C, H, W).   w: filters, (F, C, KH, KW).   b: one number a filter, (F,), or None.
    stride, padding: an int or a pair (rows, columns).
    Returns y, (N, F, OH, OW).
    """
    raise NotImplementedError("ch07: write conv2d_loops")


def im2col(x: np.ndarray, *, kernel_size: Size, stride: Size = 1, padding: Size = 0, dilation: Size = 1) -> np.ndarray:
    """The windows of every image as columns (chapter 7); what torch.nn.functional.unfold computes.

    x: images, (N, C, H, W).   kernel_size, stride, padding, dilation: an int or a pair (rows, columns).
    Returns cols, (N, C*KH*KW, OH*OW): one column a window, one row a channel and kernel position.
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
    """Columns added back into images (chapter 8), the backward pass of im2col; what torch.nn.functional.fold computes.

    cols: (N, C*KH*KW, OH*OW), in im2col's order.   output_size: H and W of the images, an int or a pair.
    The other options are those of im2col.
    Returns x, (N, C, H, W): in each cell the sum of all entries of cols that im2col would have copied from it.
    """
    raise NotImplementedError("ch08: write col2im")
