import numpy as np


def relu_backward(dy, cache):
    slope = np.heaviside(cache.x, np.asarray(0.5, dtype=cache.x.dtype))
    return np.multiply(slope, dy).astype(cache.x.dtype)
