import numpy as np

from cnnlab.ops.arguments import size_pair


def windows(dy, kernel, stride, padding, dilation):
    kh, kw = kernel
    ph, pw = padding
    dy = np.pad(dy, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    win = np.lib.stride_tricks.sliding_window_view(
        dy, (dilation[0] * (kh - 1) + 1, dilation[1] * (kw - 1) + 1), axis=(2, 3)
    )
    return win[:, :, :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]]


def conv_transpose2d_backward(dy, cache):
    x, w, g = cache.x, cache.w, cache.groups
    N, C, H, W = x.shape
    s, p, d = (size_pair(k, getattr(cache, k), 0) for k in ('stride', 'padding', 'dilation'))
    win = windows(dy, w.shape[2:], s, p, d)
    small = win[:, :, :H, :W]
    win = win.reshape(N, g, w.shape[1], *win.shape[2:])
    small = small.reshape(N, g, w.shape[1], *small.shape[2:])
    wg = w.reshape(g, C // g, *w.shape[1:])
    dx = np.einsum('ngfijuv,gcfuv->ngcij', win, wg).reshape(N, C, *win.shape[3:5])
    dw = np.einsum('ngfijuv,ngcij->gcfuv', small, x.reshape(N, g, C // g, H, W)).reshape(w.shape)
    db = None if cache.b is None else np.einsum('nfij->f', dy)
    return dx, dw, db
