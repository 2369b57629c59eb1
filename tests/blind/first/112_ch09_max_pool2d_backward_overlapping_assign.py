import numpy as np


def max_pool2d_backward(dy, cache):
    (sh, sw), (ph, pw), (dh, dw) = cache.geo.stride, cache.geo.padding, cache.geo.dilation
    kw = cache.geo.kernel[1]
    dx = np.zeros(cache.x_shape, dy.dtype)
    for n, c, i, j in np.ndindex(dy.shape):
        tap = cache.winner[n, c, i, j]
        if tap < 0:
            continue
        u, v = divmod(int(tap), kw)
        row, column = sh * i + dh * u - ph, sw * j + dw * v - pw
        dx[n, c, row, column] = dy[n, c, i, j]
    return dx
