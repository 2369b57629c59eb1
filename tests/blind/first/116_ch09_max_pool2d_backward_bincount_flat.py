import numpy as np


def max_pool2d_backward(dy, cache):
    n, channels, h, w = cache.x_shape
    geo = cache.geo
    chosen = cache.winner.reshape(n * channels, geo.output[0] * geo.output[1])
    up = dy.reshape(n * channels, chosen.shape[1])
    i, j = (index.ravel() for index in np.indices(geo.output))
    u, v = np.divmod(chosen, geo.kernel[1])
    cell = (geo.stride[0] * i + geo.dilation[0] * u - geo.padding[0]) * w
    cell = cell + geo.stride[1] * j + geo.dilation[1] * v - geo.padding[1]
    images = []
    for where, g, tap in zip(cell, up, chosen):
        keep = tap >= 0
        images.append(np.bincount(where[keep], weights=g[keep], minlength=h * w))
    return np.array(images, dtype=dy.dtype).reshape(cache.x_shape)
