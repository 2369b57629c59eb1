import numpy as np


def roi_max_pool_backward(dy, cache):
    r, c, i, j = np.where(cache.winner >= 0)
    row, column = np.unravel_index(cache.winner[r, c, i, j], cache.x_shape[2:])
    dx = np.zeros(cache.x_shape, dy.dtype)
    np.add.at(dx, (cache.image[r], c, row, column), dy[r, c, i, j])
    return dx
