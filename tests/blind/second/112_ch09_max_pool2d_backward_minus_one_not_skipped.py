import numpy as np


def max_pool2d_backward(dy, cache):
    geo = cache.geo
    (sh, sw), (ph, pw), (dh, dw) = geo.stride, geo.padding, geo.dilation
    dx = np.zeros(cache.x_shape, dy.dtype)
    for n, c, i, j in np.ndindex(dy.shape):
        tap = int(cache.winner[n, c, i, j])
        u, v = divmod(tap, geo.kernel[1])
        row, column = sh * i + dh * u - ph, sw * j + dw * v - pw
        dx[n, c, row, column] += dy[n, c, i, j]
    return dx
