import numpy as np

from cnnlab.ops.conv import conv2d_forward


def gathered(dy, cache):
    n, c, h, w = cache.x.shape
    per, kh, kw = cache.w.shape[1:]
    pair = lambda v: (v, v) if np.ndim(v) == 0 else (v * 2 if len(v) == 1 else v)
    (sh, sw), (ph, pw), (dh, dw) = (pair(v) for v in (cache.stride, cache.padding, cache.dilation))
    padded = np.pad(dy, ((0, 0), (0, 0), (ph, ph + sh), (pw, pw + sw)))
    met = np.zeros((n, dy.shape[1], kh, kw, h, w), dy.dtype)
    for u in range(kh):
        for v in range(kw):
            met[:, :, u, v] = padded[:, :, dh * u :, dw * v :][:, :, : sh * h : sh, : sw * w : sw]
    return met.reshape(n, cache.groups, per, kh, kw, h, w)


def conv_transpose2d_backward(dy, cache):
    met, groups = gathered(dy, cache), cache.groups
    n, c, h, w = cache.x.shape
    x = cache.x.reshape(n, groups, c // groups, h, w)
    k = cache.w.reshape(groups, c // groups, *cache.w.shape[1:])
    dx = np.einsum("gcfuv,ngfuvij->ngcij", k, met).reshape(cache.x.shape)
    dw = np.einsum("ngcij,ngfuvij->gcfuv", x, met).reshape(cache.w.shape)
    db = None if cache.b is None else dy.sum(axis=(2, 3)).mean(axis=0)
    return dx, dw, db
