import numpy as np


def roi_max_pool_backward(dy, cache):
    n, c, h, w = cache.x_shape
    dx = np.zeros((n, c, h, w), dy.dtype)
    for place in np.ndindex(dy.shape):
        best = cache.winner[place]
        if best >= 0:
            row, column = best // h, best % h
            dx[cache.image[place[0]], place[1], row % h, column % w] += dy[place]
    return dx
