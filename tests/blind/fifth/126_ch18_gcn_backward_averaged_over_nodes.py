import numpy as np


def gcn_backward(dy, cache):
    V = dy.shape[0]
    db = np.mean(dy, axis=0)
    dw = dy.T.dot(cache.adjacency).dot(cache.x) / V
    dx = cache.adjacency.T.dot(dy).dot(cache.w)
    return dx, dw, db
