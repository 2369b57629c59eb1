import numpy as np


def interpolate_backward(dy, cache):
    N, C, OH, OW = dy.shape
    H, W = cache.rows.shape[1], cache.columns.shape[1]
    dx = np.zeros((N, C, H, W))
    for n in range(N):
        for c in range(C):
            grad = np.matmul(np.matmul(cache.rows.T, dy[n, c]), cache.columns)
            dx[n] += grad
    return dx.astype(dy.dtype)
