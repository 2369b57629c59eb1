import numpy as np


def roi_max_pool_backward(dy, cache):
    n, c, h, w = cache.x_shape
    dx = np.zeros_like(cache.winner, shape=(n, c, h, w))
    for (r, ch, i, j), win in np.ndenumerate(cache.winner):
        if win != -1:
            row, col = divmod(win, w)
            dx[cache.image[r], ch, row, col] += dy[r, ch, i, j].astype(dx.dtype)
    return dx.astype(dy.dtype)
