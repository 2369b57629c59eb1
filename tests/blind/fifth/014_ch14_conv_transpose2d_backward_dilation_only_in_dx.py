import numpy as np

from cnnlab.ops.arguments import size_pair
from cnnlab.ops.conv import conv2d_forward


def conv_transpose2d_backward(dy, cache):
    x, w = cache.x, cache.w
    options = {name: getattr(cache, name) for name in ("stride", "padding", "dilation", "groups")}
    H, W = x.shape[2:]
    dx = conv2d_forward(dy, w, **options)[0][:, :, :H, :W]
    return np.array(dx), _dw(dy, cache), None if cache.b is None else dy.sum(axis=3).sum(axis=2).sum(axis=0)


def _dw(dy, cache):
    x, w, G = cache.x, cache.w, cache.groups
    sh, sw = size_pair("stride", cache.stride, 1)
    ph, pw = size_pair("padding", cache.padding, 0)
    dh, dv = size_pair("dilation", cache.dilation, 1)
    H, W = x.shape[2:]
    KH, KW = w.shape[2:]
    padded = np.pad(dy, ((0, 0), (0, 0), (ph, ph + sh * H), (pw, pw + sw * W)))
    out = np.zeros_like(w)
    for u in range(KH):
        for v in range(KW):
            r, c = u, v
            seen = padded[:, :, r : r + sh * H : sh, c : c + sw * W : sw][:, :, :H, :W]
            for g in range(G):
                a, b = len(w) // G, w.shape[1]
                out[g * a : (g + 1) * a, :, u, v] = np.tensordot(
                    x[:, g * a : (g + 1) * a], seen[:, g * b : (g + 1) * b], ((0, 2, 3), (0, 2, 3))
                )
    return out
