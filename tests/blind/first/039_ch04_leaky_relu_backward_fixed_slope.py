import numpy as np


def leaky_relu_backward(dy, cache):
    return np.where(cache.x > 0, dy, 0.01 * dy)
