import numpy as np

from cnnlab.ops.arguments import size_pair


def conv_transpose2d_backward(dy, cache):
    x, w, b = cache.x, cache.w, cache.b
    sh, sw = size_pair("stride", cache.stride, 1)
    ph, pw = size_pair("padding", cache.padding, 0)
    dh, dw_ = size_pair("dilation", cache.dilation, 1)
    G = cache.groups
    N, C, H, W = x.shape
    _, Fg, KH, KW = w.shape
    big = np.zeros((N, dy.shape[1], sh * (H - 1) + dh * (KH - 1) + 1, sw * (W - 1) + dw_ * (KW - 1) + 1), dy.dtype)
    hh = min(dy.shape[2], big.shape[2] - ph)
    ww = min(dy.shape[3], big.shape[3] - pw)
    big[:, :, ph : ph + hh, pw : pw + ww] = dy[:, :, :hh, :ww]
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for g in range(G):
        mine = slice(g * (C // G), (g + 1) * (C // G))
        out = big[:, g::G]
        for u in range(KH):
            for v in range(KW):
                patch = out[:, :, u * dh : u * dh + sh * (H - 1) + 1 : sh, v * dw_ : v * dw_ + sw * (W - 1) + 1 : sw]
                dx[:, mine] += np.einsum("nfij,cf->ncij", patch, w[mine, :, u, v])
                dw[mine, :, u, v] += np.einsum("ncij,nfij->cf", x[:, mine], patch)
    return dx, dw, None if b is None else dy.sum(axis=(0, 2, 3))
