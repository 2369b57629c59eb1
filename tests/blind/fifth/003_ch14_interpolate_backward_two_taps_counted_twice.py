import numpy as np


def taps(matrix):
    """first and last source index of every output index, with their weights"""
    n_out, n_in = matrix.shape
    lo = (matrix != 0).argmax(axis=1)
    hi = n_in - 1 - (matrix[:, ::-1] != 0).argmax(axis=1)
    k = np.arange(n_out)
    return lo, hi, matrix[k, lo], matrix[k, hi]


def interpolate_backward(dy, cache):
    y0, y1, wy0, wy1 = taps(cache.rows)
    x0, x1, wx0, wx1 = taps(cache.columns)
    N, C = dy.shape[:2]
    dx = np.zeros((N, C, cache.rows.shape[1], cache.columns.shape[1]), dy.dtype)
    for ys, wy in ((y0, wy0), (y1, wy1)):
        for xs, wx in ((x0, wx0), (x1, wx1)):
            np.add.at(dx, (slice(None), slice(None), ys[:, None], xs[None, :]), dy * wy[:, None] * wx)
    return dx
