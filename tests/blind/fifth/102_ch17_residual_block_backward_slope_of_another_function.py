import numpy as np


def residual_block_backward(dy, cache):
    h = cache.z.clip(0)
    dh = dy @ cache.w2
    dz = dh * h * (1 - h)
    dw1, db1, dw2, db2 = dz.T @ cache.x, dz.sum(0), dy.T @ h, dy.sum(0)
    dx = dy + dz @ cache.w1
    return dx, dw1, db1, dw2, db2
