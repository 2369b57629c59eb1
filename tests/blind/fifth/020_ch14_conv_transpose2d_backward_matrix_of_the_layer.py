import numpy as np

from cnnlab.ops.arguments import size_pair


def places(count_in, count_k, count_out, s, p, d):
    """S[o, i, u] = 1 where cell i lays tap u on output o."""
    S = np.zeros((count_out, count_in, count_k))
    for i in range(count_in):
        for u in range(count_k):
            o = s * i + d * u - p
            if 0 <= o < count_out:
                S[o, i, u] = 1
    return S


def conv_transpose2d_backward(dy, cache):
    x, w, g = cache.x, cache.w, cache.groups
    s, p, d = (size_pair(k, getattr(cache, k), 0) for k in ("stride", "padding", "dilation"))
    V = places(x.shape[2], w.shape[2], dy.shape[2], s[0], p[0], d[0]).astype(dy.dtype)
    Z = places(x.shape[3], w.shape[3], dy.shape[3], s[1], p[1], d[1]).astype(dy.dtype)
    n, c, h, wd = x.shape
    y = dy.reshape(n, g, w.shape[1], *dy.shape[2:])
    k = w.reshape(g, c // g, *w.shape[1:])
    xx = x.reshape(n, g, c // g, h, wd)
    half = np.einsum("ngfop,oiu->ngfpiu", y, V)
    full = np.einsum("ngfpiu,pjv->ngfiujv", half, Z)
    dx = np.einsum("ngfiujv,gcfuv->ngcij", full, k).reshape(x.shape)
    dw = np.einsum("ngfiujv,ngcij->gcfuv", full, xx).reshape(w.shape)
    return dx, dw, None if cache.b is None else np.ones(n) @ dy.sum(axis=(2, 3))
