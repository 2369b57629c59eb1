import numpy as np


def roi_max_pool_backward(dy, cache):
    _, C, H, W = cache.x_shape
    dx = np.zeros(cache.x_shape, dtype=dy.dtype)
    view = dx.reshape(-1, C, H * W)
    for box in range(len(dy)):
        for c in range(C):
            win = cache.winner[box, c].ravel()
            ok = win >= 0
            view[0, c] += np.bincount(win[ok], weights=dy[box, c].ravel()[ok], minlength=H * W).astype(dy.dtype)
    return dx
