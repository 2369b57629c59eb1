import numpy as np


def residual_block_backward(dy, cache):
    h = np.where(cache.z > 0, cache.z, 0)
    dz = np.where(cache.z > 0, dy.dot(cache.w2), 0)
    dw1 = np.einsum('nh,nd->hd', dz, cache.x)
    dw2 = np.einsum('nh,nd->hd', h, dy).reshape(cache.w2.shape)
    return dy + dz.dot(cache.w1), dw1, dz.sum(0), dw2, dy.sum(0)
