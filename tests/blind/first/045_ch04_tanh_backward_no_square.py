import numpy as np


def tanh_backward(dy, cache):
    slope = np.empty_like(cache.y)
    np.subtract(1, cache.y, out=slope)
    return dy * slope
