import numpy as np


def residual_block_backward(dy, cache):
    hidden = np.maximum(cache.z, 0)
    dhidden = dy @ cache.w2
    dz = dhidden * (cache.z > 0)
    through = dz @ cache.w1
    dx = through
    dw1, db1 = dz.T @ cache.x, dz.sum(axis=0)
    dw2, db2 = dy.T @ hidden, dy.sum(axis=0)
    return dx, dw1, db1, dw2, db2
