import numpy as np


def softmax_backward(dy, cache):
    y, dim = cache
    weighted = dy * y
    total = dy.sum(axis=dim, keepdims=True)
    return weighted - y * total
