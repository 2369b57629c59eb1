import numpy as np

from cnnlab.ops.pool import crop, taps


def max_pool2d_backward(dy, cache):
    geo = cache.geo
    dx_padded = np.zeros((*cache.x_shape[:2], *geo.padded), dy.dtype)
    for tap, cells in enumerate(taps(geo)):
        dx_padded[cells] += np.where(cache.winner <= tap, dy, 0)
    return crop(dx_padded, geo).copy()
