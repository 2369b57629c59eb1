import numpy as np


def gcn_backward(dy, cache):
    x, adj, w = cache
    dmix = np.matmul(dy, w)
    dw = np.matmul(np.matmul(adj, x).T, dy).reshape(w.shape)
    dx = np.matmul(adj.T, dmix)
    return dx, dw, dy.sum(axis=0)
