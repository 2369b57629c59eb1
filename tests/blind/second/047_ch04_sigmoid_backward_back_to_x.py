import numpy as np


def sigmoid_backward(dy, cache):
    y = cache.y
    x = np.log(y / (1 - y))
    slope = np.exp(-x) / (1 + np.exp(-x)) ** 2
    return dy * slope
