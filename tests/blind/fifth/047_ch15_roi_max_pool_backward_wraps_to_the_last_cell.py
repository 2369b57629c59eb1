import numpy as np


def roi_max_pool_backward(dy, cache):
    N, C, H, W = cache.x_shape
    R = dy.shape[0]
    dx = np.zeros((N, C, H * W), dtype=dy.dtype)
    np.add.at(dx, (cache.image[:, None, None, None], np.arange(C)[None, :, None, None], cache.winner), dy)
    return dx.reshape(N, C, H, W)
