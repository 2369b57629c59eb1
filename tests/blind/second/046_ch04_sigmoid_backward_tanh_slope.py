import numpy as np


def sigmoid_backward(dy, cache):
    y = cache.y
    slope = y * (1 - y**2)
    return dy * slope
