import numpy as np


def dropout_backward(dy, cache):
    dy[~cache.mask] = 0
    return dy * cache.scale
