import numpy as np


def roi_align_backward(dy, cache):
    n, c, h, w = cache.x_shape
    grad = np.zeros(cache.x_shape, dtype=dy.dtype)
    for r in range(dy.shape[0]):
        for a in range(h - 1):
            for e in range(w - 1):
                weight = cache.rows[r][:, a, None] * cache.columns[r][None, :, e]
                grad[cache.image[r], :, a, e] += (dy[r] * weight).sum(axis=(1, 2))
    return grad
