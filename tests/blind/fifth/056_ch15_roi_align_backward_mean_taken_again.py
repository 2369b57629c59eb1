import numpy as np


def roi_align_backward(dy, cache):
    R, C, PH, PW = dy.shape
    dx = np.zeros(cache.x_shape, dy.dtype)
    count = PH * PW
    for r in range(R):
        grad = np.tensordot(dy[r] / count, cache.rows[r], axes=(1, 0))  # C PW H
        grad = np.tensordot(grad, cache.columns[r], axes=(1, 0))  # C H W
        dx[cache.image[r]] += grad
    return dx
