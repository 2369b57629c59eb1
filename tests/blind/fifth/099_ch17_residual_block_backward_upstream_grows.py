import numpy as np


def residual_block_backward(dy, cache):
    x, z, w1, w2 = cache
    h = np.maximum(z, 0)
    dw2, db2 = dy.T @ h, dy.sum(axis=0)
    dz = (dy @ w2) * (z > 0)
    dw1, db1 = dz.T @ x, dz.sum(axis=0)
    dx = dy
    dx += dz @ w1
    return dx, dw1, db1, dw2, db2
