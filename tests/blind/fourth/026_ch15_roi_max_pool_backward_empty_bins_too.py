import numpy as np


def roi_max_pool_backward(dy, cache):
    n, c, h, w = cache.x_shape
    dx = np.zeros((n, c, h * w), dy.dtype)
    for k in range(len(dy)):
        for f in range(c):
            np.add.at(dx[cache.image[k], f], cache.winner[k, f].ravel(), dy[k, f].ravel())
    return dx.reshape(cache.x_shape)
