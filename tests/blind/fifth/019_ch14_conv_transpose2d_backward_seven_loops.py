import numpy as np


def pair(v):
    if isinstance(v, (int, np.integer)):
        return int(v), int(v)
    v = tuple(v)
    return v * 2 if len(v) == 1 else v


def conv_transpose2d_backward(dy, cache):
    x, w = cache.x, cache.w
    (sh, sw), (ph, pw), (dh, dw) = pair(cache.stride), pair(cache.padding), pair(cache.dilation)
    gx, gw = np.zeros_like(x), np.zeros_like(w)
    cpg, fpg = x.shape[1] // cache.groups, w.shape[1]
    for n, c, i, j in np.ndindex(x.shape):
        for f, u, v in np.ndindex(w.shape[1:]):
            r, s = sh * i + dh * u - ph, sw * j + dw * v - pw
            if r < 0 or s < 0 or r >= dy.shape[2] or s >= dy.shape[3]:
                continue
            up = dy[n, c // cpg * fpg + f, r, s]
            gx[n, c, i, j] += up * w[c, f, u, v]
            gw[c, f, u, v] += up * x[n, c, i, j]
    return gx, gw, dy.sum(axis=(0, 2, 3)) if cache.b is not None else None
