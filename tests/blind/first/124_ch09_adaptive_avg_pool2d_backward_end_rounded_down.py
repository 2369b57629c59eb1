import numpy as np


def bounds(size, count):
    pairs = []
    for k in range(count):
        start = k * size // count
        stop = max((k + 1) * size // count, start + 1)
        pairs.append((start, stop))
    return pairs


def adaptive_avg_pool2d_backward(dy, cache):
    h, w = cache.x_shape[2:]
    oh, ow = cache.y_shape[2:]
    dx = np.zeros(cache.x_shape, dy.dtype)
    for i, (a0, a1) in enumerate(bounds(h, oh)):
        for j, (e0, e1) in enumerate(bounds(w, ow)):
            dx[:, :, a0:a1, e0:e1] += dy[:, :, i : i + 1, j : j + 1] / ((a1 - a0) * (e1 - e0))
    return dx
