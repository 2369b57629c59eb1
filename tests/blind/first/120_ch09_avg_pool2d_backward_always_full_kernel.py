import numpy as np

from cnnlab.ops.pool import cells_counted, crop, taps


def avg_pool2d_backward(dy, cache):
    geo = cache.geo
    count = geo.kernel[0] * geo.kernel[1]
    share = dy / count
    dx = np.zeros((*cache.x_shape[:2], *geo.padded), dy.dtype)
    for cells in taps(geo):
        dx[cells] += share
    return crop(dx, geo).copy()
