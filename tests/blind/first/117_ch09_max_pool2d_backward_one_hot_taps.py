import numpy as np

from cnnlab.ops.pool import taps


def max_pool2d_backward(dy, cache):
    geo = cache.geo
    kh, kw = geo.kernel
    hot = cache.winner[None] == np.arange(kh * kw).reshape(-1, 1, 1, 1, 1)
    shares = hot * dy
    whole = np.zeros((*cache.x_shape[:2], *geo.padded), dy.dtype)
    for share, cells in zip(shares, taps(geo), strict=True):
        np.add(whole[cells], share, out=whole[cells])
    rows = np.arange(geo.image[0]) + geo.padding[0]
    columns = np.arange(geo.image[1]) + geo.padding[1]
    return whole.take(rows, axis=2).take(columns, axis=3)
