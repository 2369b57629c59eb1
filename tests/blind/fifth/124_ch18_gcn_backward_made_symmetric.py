import numpy as np


def gcn_backward(dy, cache):
    A = (cache.adjacency + cache.adjacency.T) / 2
    d_mixed = dy @ cache.w
    return A.T @ d_mixed, dy.T @ (A @ cache.x), dy.sum(0)
