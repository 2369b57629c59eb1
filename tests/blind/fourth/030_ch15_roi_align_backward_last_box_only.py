import numpy as np


def roi_align_backward(dy, cache):
    dx = np.zeros(cache.x_shape, dy.dtype)
    for k, image in enumerate(cache.image):
        dx[image] = cache.rows[k].T @ dy[k] @ cache.columns[k]
    return dx
