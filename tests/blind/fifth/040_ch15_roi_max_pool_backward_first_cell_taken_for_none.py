import numpy as np


def roi_max_pool_backward(dy, cache):
    N, C, H, W = cache.x_shape
    dx = np.zeros(cache.x_shape, dy.dtype)
    R, _, PH, PW = dy.shape
    for r in range(R):
        n = cache.image[r]
        for c in range(C):
            for i in range(PH):
                for j in range(PW):
                    k = cache.winner[r, c, i, j]
                    if k > 0:
                        dx[n, c, k // W, k % W] += dy[r, c, i, j]
    return dx
