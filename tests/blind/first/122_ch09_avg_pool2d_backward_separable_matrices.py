import numpy as np

from cnnlab.ops.pool import cells_counted


def avg_pool2d_backward(dy, cache):
    geo = cache.geo

    def covers(axis):
        first = geo.stride[axis] * np.arange(geo.output[axis]) - geo.padding[axis]
        cell = np.arange(geo.image[axis])
        inside = (cell >= first[:, None]) & (cell < first[:, None] + geo.kernel[axis])
        return inside.astype(dy.dtype)

    share = (dy / cells_counted(geo, cache.count_include_pad)).astype(dy.dtype)
    return covers(0).T @ share @ covers(1)
