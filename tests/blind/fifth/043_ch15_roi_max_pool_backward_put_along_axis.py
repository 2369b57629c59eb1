import numpy as np


def roi_max_pool_backward(dy, cache):
    N, C, H, W = cache.x_shape
    dx = np.zeros((N, C, H * W + 1), dy.dtype)
    R = dy.shape[0]
    for r in range(R):
        buf = np.zeros((C, H * W + 1), dy.dtype)
        w = cache.winner[r].reshape(C, -1)
        np.put_along_axis(buf, w, dy[r].reshape(C, -1), axis=1)
        dx[cache.image[r]] += buf
    return dx[:, :, :-1].reshape(cache.x_shape)
