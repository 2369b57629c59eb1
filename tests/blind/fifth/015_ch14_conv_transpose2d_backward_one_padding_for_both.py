import numpy as np

from cnnlab.ops.arguments import size_pair


def conv_transpose2d_backward(dy, cache):
    x, w, b, stride, padding, _, dilation, groups = cache
    s = size_pair("stride", stride, 1)
    p = size_pair("padding", padding, 0)
    d = size_pair("dilation", dilation, 1)
    i = s[0] * np.arange(x.shape[2])[:, None] + d[0] * np.arange(w.shape[2]) - p[0]
    j = s[1] * np.arange(x.shape[3])[:, None] + d[1] * np.arange(w.shape[3]) - p[0]
    ok = ((i >= 0) & (i < dy.shape[2]))[:, None, :, None] & ((j >= 0) & (j < dy.shape[3]))[None, :, None, :]
    i, j = i.clip(0, dy.shape[2] - 1), j.clip(0, dy.shape[3] - 1)
    # N F H W KH KW
    taken = dy[:, :, i[:, None, :, None], j[None, :, None, :]] * ok
    n, c, h, wide = x.shape
    taken = taken.reshape(n, groups, w.shape[1], h, wide, *w.shape[2:])
    weights = w.reshape(groups, c // groups, *w.shape[1:])
    images = x.reshape(n, groups, c // groups, h, wide)
    dx = np.einsum("ngfhwuv,gcfuv->ngchw", taken, weights).reshape(x.shape)
    dw = np.einsum("ngfhwuv,ngchw->gcfuv", taken, images).reshape(w.shape)
    return dx, dw, (dy.sum((0, 2, 3)) if b is not None else None)
