import numpy as np


def square_backward(dy, cache):
    x = np.asarray(cache.x)
    g = np.asarray(dy)
    dx = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        dx[index] = g[index] * 2 * x[index]
    return dx
