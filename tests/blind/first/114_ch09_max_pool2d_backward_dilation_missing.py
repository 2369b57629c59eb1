import numpy as np


def max_pool2d_backward(dy, cache):
    x_shape, winner, geo = cache
    n, channels, h, w = x_shape
    i, j = np.indices(geo.output)
    u, v = winner // geo.kernel[1], winner % geo.kernel[1]
    a = geo.stride[0] * i + u - geo.padding[0]
    e = geo.stride[1] * j + geo.dilation[1] * v - geo.padding[1]
    valid = (winner >= 0) & (a >= 0) & (a < h) & (e >= 0) & (e < w)
    image = np.broadcast_to(np.arange(n * channels).reshape(n, channels, 1, 1), winner.shape)
    cell = (image * h + a) * w + e
    sums = np.bincount(cell[valid], weights=dy[valid], minlength=n * channels * h * w)
    return sums.reshape(x_shape).astype(dy.dtype)
