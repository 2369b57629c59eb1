import numpy as np


def dropout_backward(dy, cache):
    dx = np.zeros_like(dy)
    if cache.scale:
        dx[cache.mask] = dy[cache.mask] / cache.scale
    return dx
