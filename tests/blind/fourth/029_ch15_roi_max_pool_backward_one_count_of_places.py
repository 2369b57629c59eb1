import numpy as np


def roi_max_pool_backward(dy, cache):
    n, c, h, w = cache.x_shape
    winner = cache.winner
    plane = cache.image[:, None, None, None] * c + np.arange(c)[None, :, None, None]
    place = (plane * (h * w) + winner)[winner >= 0]
    total = np.bincount(place.astype(int), weights=dy[winner >= 0].astype(float), minlength=n * c * h * w)
    return total.reshape(n, c, h, w).astype(dy.dtype)
