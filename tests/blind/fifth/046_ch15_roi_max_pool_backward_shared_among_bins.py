import numpy as np


def roi_max_pool_backward(dy, cache):
    R, C, PH, PW = dy.shape
    H, W = cache.x_shape[2:]
    dx = np.zeros(cache.x_shape, dy.dtype)
    for r, n in enumerate(cache.image):
        hit = cache.winner[r][..., None] == np.arange(H * W)
        dx[n] += np.einsum("cijk,cij->ck", hit, dy[r]).reshape(C, H, W) / (PH * PW)
    return dx
