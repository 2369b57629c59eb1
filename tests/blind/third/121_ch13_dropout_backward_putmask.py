import numpy as np


def dropout_backward(dy, cache):
    dx = np.array(dy, copy=True)
    dx *= cache.scale
    np.putmask(dx, np.logical_not(cache.mask), 0)
    return dx
