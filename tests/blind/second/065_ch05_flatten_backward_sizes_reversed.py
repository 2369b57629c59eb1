import numpy as np


def flatten_backward(dy, cache):
    n, *sizes = cache.x_shape
    return np.reshape(dy, (n, *sizes[::-1])).transpose(0, *range(len(sizes), 0, -1))
