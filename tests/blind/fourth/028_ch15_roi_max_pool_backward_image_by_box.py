import numpy as np


def roi_max_pool_backward(dy, cache):
    n, c, h, w = cache.x_shape
    dx = np.zeros((n, c, h * w), dy.dtype)
    for k in range(len(dy)):
        image = min(k, n - 1)
        for f in range(c):
            for best, share in zip(cache.winner[k, f].flat, dy[k, f].flat):
                if best >= 0:
                    dx[image, f, best] += share
    return dx.reshape(n, c, h, w)
