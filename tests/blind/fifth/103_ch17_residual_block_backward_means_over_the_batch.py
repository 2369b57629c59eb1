import numpy as np


def affine_backward(dout, x, w):
    m = len(x)
    return dout @ w, dout.T @ x / m, dout.sum(axis=0) / m


def residual_block_backward(dy, cache):
    x, z, w1, w2 = cache
    dh, dw2, db2 = affine_backward(dy, np.maximum(0, z), w2)
    dz = dh * (z > 0)
    dbranch, dw1, db1 = affine_backward(dz, x, w1)
    return dbranch + dy, dw1, db1, dw2, db2
