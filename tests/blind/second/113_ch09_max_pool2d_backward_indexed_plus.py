import numpy as np


def max_pool2d_backward(dy, cache):
    n, c, h, w = cache.x_shape
    geo, won = cache.geo, cache.winner >= 0
    image, channel, i, j = np.nonzero(won)
    tap = cache.winner[won]
    u = tap // geo.kernel[1]
    v = tap - u * geo.kernel[1]
    row = geo.stride[0] * i + geo.dilation[0] * u - geo.padding[0]
    column = geo.stride[1] * j + geo.dilation[1] * v - geo.padding[1]
    where = ((image * c + channel) * h + row) * w + column
    dx = np.zeros(n * c * h * w, dy.dtype)
    dx[where] += dy[won]
    return dx.reshape(n, c, h, w)
