import numpy as np


def roi_align_backward(dy, cache):
    N, C, H, W = cache.x_shape
    dx = np.zeros((N, C, H * W), dy.dtype)
    for r in range(dy.shape[0]):
        K = np.kron(cache.rows[r], cache.columns[r])  # (PH*PW, H*W)
        dx[cache.image[r]] += dy[r].reshape(C, -1) @ K
    return dx.reshape(cache.x_shape)
