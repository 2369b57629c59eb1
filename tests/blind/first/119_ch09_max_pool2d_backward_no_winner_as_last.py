import numpy as np

from cnnlab.ops.pool import crop


def max_pool2d_backward(dy, cache):
    geo = cache.geo
    kh, kw = geo.kernel
    shares = np.asarray(dy)
    padded = np.zeros((*cache.x_shape[:2], *geo.padded), dy.dtype)
    u, v = cache.winner // kw, cache.winner % kw
    for n, c, i, j in np.ndindex(dy.shape):
        row = geo.stride[0] * i + geo.dilation[0] * u[n, c, i, j]
        column = geo.stride[1] * j + geo.dilation[1] * v[n, c, i, j]
        padded[n, c, row, column] += shares[n, c, i, j]
    return crop(padded, geo).copy()
