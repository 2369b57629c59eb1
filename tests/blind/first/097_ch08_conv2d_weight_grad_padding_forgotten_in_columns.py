import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnlab.ops.arguments import size_pair


def conv2d_weight_grad(dy, x, w_shape, *, stride=1, padding=0, dilation=1, groups=1):
    sh, sw = size_pair("stride", stride, 1)
    ph, pw = size_pair("padding", padding, 0)
    dh, dwid = size_pair("dilation", dilation, 1)
    f, c, kh, kw = w_shape
    n, _, oh, ow = dy.shape
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (ph, ph)))
    lacking = dwid * (kw - 1) + 1 + sw * (ow - 1) - xp.shape[3]
    if lacking > 0:
        xp = np.pad(xp, ((0, 0), (0, 0), (0, 0), (0, lacking)))
    win = sliding_window_view(xp, (dh * (kh - 1) + 1, dwid * (kw - 1) + 1), axis=(2, 3))
    win = win[:, :, ::sh, ::sw, ::dh, ::dwid][:, :, :oh, :ow]
    win = win.reshape(n, groups, c, oh, ow, kh, kw)
    grad = dy.reshape(n, groups, f // groups, oh, ow)
    return np.einsum("ngfij,ngcijuv->gfcuv", grad, win).reshape(w_shape)
