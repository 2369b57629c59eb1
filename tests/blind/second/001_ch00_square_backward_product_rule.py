import numpy as np


def square_backward(dy, cache):
    x = cache.x
    left, right = dy * x, x * dy
    return np.add(left, right)
