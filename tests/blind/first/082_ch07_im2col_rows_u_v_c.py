import numpy as np

from cnnlab.ops.arguments import size_pair


def im2col(x, *, kernel_size, stride=1, padding=0, dilation=1):
    kh, kw = size_pair("kernel_size", kernel_size, 1)
    sh, sw = size_pair("stride", stride, 1)
    ph, pw = size_pair("padding", padding, 0)
    dh, dw = size_pair("dilation", dilation, 1)
    n, c, h, w = x.shape
    oh = (h + 2 * ph - dh * (kh - 1) - 1) // sh + 1
    ow = (w + 2 * pw - dw * (kw - 1) - 1) // sw + 1
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    cols = np.empty((n, kh, kw, c, oh, ow), x.dtype)
    for u in range(kh):
        for v in range(kw):
            cols[:, u, v] = xp[:, :, dh * u : dh * u + sh * oh : sh, dw * v : dw * v + sw * ow : sw][..., :oh, :ow]
    return cols.reshape(n, c * kh * kw, oh * ow)
