import numpy as np


def leaky_relu_backward(dy, cache):
    x, negative_slope = cache
    dx = np.array(dy)
    dx[x <= 0] *= negative_slope
    return dx
