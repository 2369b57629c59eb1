import numpy as np

from cnnlab.ops.arguments import size_pair


def im2col(x, *, kernel_size, stride=1, padding=0, dilation=1):
    kernel = size_pair("kernel_size", kernel_size, 1)
    stride, padding = size_pair("stride", stride, 1), size_pair("padding", padding, 0)
    dilation = size_pair("dilation", dilation, 1)
    n, c, h, w = x.shape

    def places(size, axis):
        room = size + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1
        out = room // stride[axis] + 1
        at = stride[axis] * np.arange(out) + dilation[axis] * np.arange(kernel[axis])[:, None] - padding[axis]
        return np.where((at >= 0) & (at < size), at, -1)

    rows, columns = places(h, 0), places(w, 1)
    a = rows[:, None, :, None]
    e = columns[None, :, None, :]
    cell = np.where((a >= 0) & (e >= 0), a * w + e, h * w).ravel()
    flat = np.concatenate([x.reshape(n, c, h * w), np.zeros((n, c, 1), x.dtype)], axis=2)
    taken = np.take(flat, cell, axis=2)
    return taken.reshape(n, c * kernel[0] * kernel[1], rows.shape[1] * columns.shape[1])
