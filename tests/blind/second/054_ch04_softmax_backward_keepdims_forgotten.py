import numpy as np


def softmax_backward(dy, cache):
    y, dim = cache
    weighted = dy * y
    total = weighted.sum(axis=dim)
    return weighted - y * total
