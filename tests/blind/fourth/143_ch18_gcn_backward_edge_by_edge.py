import numpy as np


def gcn_backward(dy, cache):
    x, adjacency, w = cache
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i, j in zip(*np.nonzero(adjacency)):
        dx[j] += adjacency[i, j] * (dy[i] @ w)
        dw += adjacency[i, j] * np.outer(dy[i], x[j])
    return dx, dw, dy.sum(0)
