import numpy as np

from cnnlab.ops.arguments import size_pair


def taken(dy, cache, u, v):
    (sh, sw), (ph, pw) = size_pair("stride", cache.stride, 1), size_pair("padding", cache.padding, 0)
    dh, dw = size_pair("dilation", cache.dilation, 1)
    H, W = cache.x.shape[2:]
    y = np.pad(dy, ((0, 0), (0, 0), (ph, ph + sh * H), (pw, pw + sw * W)))
    rows = dh * u + sh * np.arange(H)
    cols = dw * v + sw * np.arange(W)
    y = y[:, :, rows][:, :, :, cols]
    return y.reshape(len(y), cache.groups, cache.w.shape[1], H, W)


def conv_transpose2d_backward(dy, cache):
    x, w = cache.x, cache.w
    N, C, H, W = x.shape
    xg = x.reshape(N, cache.groups, C // cache.groups, H, W)
    wg = w.reshape(cache.groups, C // cache.groups, *w.shape[1:])
    dx = np.zeros_like(xg)
    dw = np.zeros_like(wg)
    for u in range(w.shape[2]):
        for v in range(w.shape[3]):
            t = taken(dy, cache, u, v)
            dx += np.einsum("ngfhw,gcf->ngchw", t, wg[..., u, v])
            dw[..., u, v] = np.einsum("ngfhw,ngchw->gcf", t, xg)
    db = None if cache.b is None else dy.sum((0, 2, 3))
    return dw.reshape(w.shape), dx.reshape(x.shape), db
