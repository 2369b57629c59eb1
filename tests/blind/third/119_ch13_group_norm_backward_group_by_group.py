import numpy as np


def group_norm_backward(dy, cache):
    n, channels = dy.shape[:2]
    size = channels // cache.num_groups
    lay = cache.gamma.reshape((1, -1) + (1,) * (dy.ndim - 2))
    dx = np.empty_like(dy)
    for i in range(n):
        for k in range(cache.num_groups):
            part = slice(k * size, (k + 1) * size)
            d = (dy * lay)[i, part]
            h = cache.x_hat[i, part]
            dx[i, part] = (d - d.mean() - h * (d * h).mean()) / cache.std[i, k].item()
    over = (0,) + tuple(range(2, dy.ndim))
    return dx, (dy * cache.x_hat).sum(axis=over), dy.sum(axis=over)
