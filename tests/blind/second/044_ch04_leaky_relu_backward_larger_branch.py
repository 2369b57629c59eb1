import numpy as np


def leaky_relu_backward(dy, cache):
    x, a = cache.x, cache.negative_slope
    return np.where(x > a * x, dy, a * dy)
