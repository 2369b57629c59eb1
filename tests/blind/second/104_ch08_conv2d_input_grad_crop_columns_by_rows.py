import numpy as np

from cnnlab.ops.arguments import size_pair


def conv2d_input_grad(dy, w, x_shape, *, stride=1, padding=0, dilation=1, groups=1):
    sh, sw = size_pair("stride", stride, 1)
    ph, pw = size_pair("padding", padding, 0)
    dh, dv = size_pair("dilation", dilation, 1)
    N, C, H, W = x_shape
    F, CG, KH, KW = w.shape
    FG = F // groups
    dx = np.zeros((N, C, H + 2 * ph, W + 2 * pw), dy.dtype)
    for n, f, i, j in np.ndindex(dy.shape):
        c0 = f // FG * CG
        top, left = sh * i, sw * j
        window = dx[n, c0 : c0 + CG, top : top + dh * (KH - 1) + 1 : dh, left : left + dv * (KW - 1) + 1 : dv]
        window += dy[n, f, i, j] * w[f]
    rows = slice(ph, ph + H)
    columns = slice(ph, ph + W)
    return np.ascontiguousarray(dx[:, :, rows, columns])
