import numpy as np


def flatten_backward(dy, cache):
    dx = np.empty(cache.x_shape, dy.dtype)
    dx.flat = dy.ravel()
    return dx
