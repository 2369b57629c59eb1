import numpy as np


def sigmoid_backward(dy, cache):
    s = 1 / (1 + np.exp(-cache.y))
    return dy * s * (1 - s)
