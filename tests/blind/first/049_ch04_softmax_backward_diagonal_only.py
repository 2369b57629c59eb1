import numpy as np


def softmax_backward(dy, cache):
    p = cache.y
    return p * (1 - p) * dy
