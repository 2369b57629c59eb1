import numpy as np


def roi_max_pool_backward(dy, cache):
    N, C, H, W = cache.x_shape
    win = cache.winner
    empty = win < 0
    dy[empty] = 0
    win[empty] = 0
    R = len(dy)
    base = (cache.image[:, None] * C + np.arange(C)) * (H * W)
    index = base[:, :, None, None] + win
    dx = np.bincount(index.ravel(), weights=dy.ravel(), minlength=N * C * H * W)
    return dx.reshape(cache.x_shape).astype(dy.dtype)
