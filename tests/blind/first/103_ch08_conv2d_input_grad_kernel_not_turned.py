import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnlab.ops.arguments import size_pair


def conv2d_input_grad(dy, w, x_shape, *, stride=1, padding=0, dilation=1, groups=1):
    sh, sw = size_pair("stride", stride, 1)
    ph, pw = size_pair("padding", padding, 0)
    dh, dv = size_pair("dilation", dilation, 1)
    n, c, h, wid = x_shape
    f, cg, kh, kw = w.shape
    kernel = w[:, :, :, :]
    big = np.zeros((f, cg, dh * (kh - 1) + 1, dv * (kw - 1) + 1), w.dtype)
    big[:, :, ::dh, ::dv] = kernel
    rh, rw = big.shape[2:]
    full = np.zeros((n, f, h + 2 * ph + rh - 1, wid + 2 * pw + rw - 1), dy.dtype)
    oh, ow = dy.shape[2:]
    full[:, :, rh - 1 : rh + sh * (oh - 1) : sh, rw - 1 : rw + sw * (ow - 1) : sw] = dy
    windows = sliding_window_view(full, (rh, rw), axis=(2, 3)).reshape(
        n, groups, f // groups, h + 2 * ph, wid + 2 * pw, rh, rw
    )
    dx = np.einsum("ngfabuv,gfcuv->ngcab", windows, big.reshape(groups, f // groups, cg, rh, rw))
    return dx.reshape(n, c, h + 2 * ph, wid + 2 * pw)[:, :, ph : ph + h, pw : pw + wid].copy()
