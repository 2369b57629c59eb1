import numpy as np


def roi_max_pool_backward(dy, cache):
    n, c, h, w = cache.x_shape
    dx = np.zeros((n, c, h * w), dy.dtype)
    k, f, i, j = np.nonzero(cache.winner >= 0)
    dx[cache.image[k], f, cache.winner[k, f, i, j]] += dy[k, f, i, j]
    return dx.reshape(n, c, h, w)
