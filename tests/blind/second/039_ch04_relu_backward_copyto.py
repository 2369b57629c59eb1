import numpy as np


def relu_backward(dy, cache):
    dx = np.zeros_like(dy)
    np.copyto(dx, dy, where=cache.x > 0)
    return dx
