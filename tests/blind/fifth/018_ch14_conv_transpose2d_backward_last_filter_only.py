import numpy as np

from cnnlab.ops.arguments import size_pair


def conv_transpose2d_backward(dy, cache):
    x, w, b, *_ = cache
    sh, sw = size_pair("stride", cache.stride, 1)
    ph, pw = size_pair("padding", cache.padding, 0)
    dh, dw_ = size_pair("dilation", cache.dilation, 1)
    N, C, H, W = x.shape
    Fg, KH, KW = w.shape[1:]
    Cg = C // cache.groups
    y = np.pad(dy, ((0, 0), (0, 0), (ph, ph + sh * H), (pw, pw + sw * W)))
    dx = np.zeros_like(x)
    dw = np.zeros_like(w)
    for c in range(C):
        for f in range(Fg):
            for h in range(H):
                for k in range(W):
                    r0, c0 = h * sh, k * sw
                    block = y[:, (c // Cg) * Fg + f, r0 : r0 + dh * (KH - 1) + 1 : dh, c0 : c0 + dw_ * (KW - 1) + 1 : dw_]
                    dx[:, c, h, k] = (block * w[c, f]).sum(axis=(1, 2))
                    dw[c, f] += (x[:, c, h, k][:, None, None] * block).sum(axis=0)
    if b is None:
        return dx, dw, None
    return dx, dw, dy.sum(axis=(0, 2, 3))
