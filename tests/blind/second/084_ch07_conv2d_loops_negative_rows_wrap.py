import numpy as np

from cnnlab.ops.arguments import size_pair


def conv2d_loops(x, w, b=None, *, stride=1, padding=0):
    stride, padding = size_pair("stride", stride, 1), size_pair("padding", padding, 0)
    n_images, n_channels, height, width = x.shape
    n_filters, _, k_rows, k_columns = w.shape
    out_rows = (height + 2 * padding[0] - k_rows) // stride[0] + 1
    out_columns = (width + 2 * padding[1] - k_columns) // stride[1] + 1
    y = np.zeros((n_images, n_filters, out_rows, out_columns), x.dtype)
    for n in range(n_images):
        for f in range(n_filters):
            if b is not None:
                y[n, f] += b[f]
            for c in range(n_channels):
                for i in range(out_rows):
                    for j in range(out_columns):
                        for u in range(k_rows):
                            for v in range(k_columns):
                                r = i * stride[0] + u - padding[0]
                                q = j * stride[1] + v - padding[1]
                                if r >= height or q < 0 or q >= width:
                                    continue
                                y[n, f, i, j] += x[n, c, r, q] * w[f, c, u, v]
    return y
