import numpy as np


def roi_max_pool_backward(dy, cache):
    N, C, H, W = cache.x_shape
    flat = np.zeros((N, C * H * W), dy.dtype)
    r, c, i, j = np.nonzero(cache.winner >= 0)
    place = cache.winner[r, c, i, j]
    np.add.at(flat, (cache.image[r], place), dy[r, c, i, j])
    return flat.reshape(cache.x_shape)
