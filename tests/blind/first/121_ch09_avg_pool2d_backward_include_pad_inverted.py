import numpy as np


def avg_pool2d_backward(dy, cache):
    geo = cache.geo
    (h, w), (ph, pw), (kh, kw), (sh, sw) = geo.image, geo.padding, geo.kernel, geo.stride
    dx = np.zeros(cache.x_shape, dy.dtype)
    for i, j in np.ndindex(geo.output):
        top, left = i * sh - ph, j * sw - pw
        a0, a1 = max(top, 0), min(top + kh, h)
        e0, e1 = max(left, 0), min(left + kw, w)
        if not cache.count_include_pad:
            count = (min(top + kh, h + ph) - top) * (min(left + kw, w + pw) - left)
        else:
            count = (a1 - a0) * (e1 - e0)
        dx[:, :, a0:a1, e0:e1] += dy[:, :, i, j, None, None] / count
    return dx
