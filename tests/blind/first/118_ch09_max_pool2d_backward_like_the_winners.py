import numpy as np


def max_pool2d_backward(dy, cache):
    geo = cache.geo
    n, c, h, w = cache.x_shape
    hp, wp = geo.padded
    planes = np.zeros((n * c, hp * wp), cache.winner.dtype)
    i, j = np.indices(geo.output)
    u, v = np.divmod(cache.winner, geo.kernel[1])
    cell = (geo.stride[0] * i + geo.dilation[0] * u) * wp + geo.stride[1] * j + geo.dilation[1] * v
    for plane, tap, where, g in zip(
        planes,
        cache.winner.reshape(n * c, *geo.output),
        cell.reshape(n * c, *geo.output),
        dy.reshape(n * c, *geo.output),
    ):
        np.add.at(plane, where[tap >= 0], g[tap >= 0].astype(plane.dtype))
    top, left = geo.padding
    return planes.reshape(n, c, hp, wp)[:, :, top : top + h, left : left + w].astype(dy.dtype)
