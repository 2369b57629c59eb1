import numpy as np


def gcn_backward(dy, cache):
    mixed = cache.adjacency @ cache.x
    dmixed = dy @ cache.w
    dx = cache.adjacency @ dmixed
    dw = dy.T @ mixed
    return dx, dw, dy.sum(axis=0)
