import numpy as np

from cnnlab.ops.pool import adaptive_windows


def adaptive_avg_pool2d_backward(dy, cache):
    dx = np.zeros(cache.x_shape, dy.dtype)
    for i, j, cells in adaptive_windows(cache.x_shape, cache.y_shape):
        area = dx[cells].shape[2] * dx[cells].shape[3]
        dx[cells] = dy[:, :, i : i + 1, j : j + 1] / area
    return dx
