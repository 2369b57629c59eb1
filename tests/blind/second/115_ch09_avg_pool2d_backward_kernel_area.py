import numpy as np

from cnnlab.ops.pool import cells_counted, crop, taps


def avg_pool2d_backward(dy, cache):
    geo = cache.geo
    each = (dy / (geo.kernel[0] * geo.kernel[1])).astype(dy.dtype)
    dx_padded = np.zeros((*cache.x_shape[:2], *geo.padded), dy.dtype)
    for cells in taps(geo):
        dx_padded[cells] += each
    return crop(dx_padded, geo).copy()
