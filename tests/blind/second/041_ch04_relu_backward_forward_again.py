import numpy as np


def relu_backward(dy, cache):
    x = cache.x
    active = np.maximum(x, 0)
    return dy * active
