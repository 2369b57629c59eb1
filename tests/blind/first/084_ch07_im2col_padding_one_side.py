import numpy as np

from cnnlab.ops.arguments import size_pair


def im2col(x, *, kernel_size, stride=1, padding=0, dilation=1):
    kh, kw = size_pair("kernel_size", kernel_size, 1)
    sh, sw = size_pair("stride", stride, 1)
    ph, pw = size_pair("padding", padding, 0)
    dh, dw = size_pair("dilation", dilation, 1)
    n, c, h, w = x.shape
    xp = np.pad(x, ((0, 0), (0, 0), (2 * ph, 0), (2 * pw, 0)))
    oh = (h + 2 * ph - dh * (kh - 1) - 1) // sh + 1
    ow = (w + 2 * pw - dw * (kw - 1) - 1) // sw + 1
    channel, u, v = (k.reshape(-1, 1) for k in np.indices((c, kh, kw)))
    i, j = (k.reshape(1, -1) for k in np.indices((oh, ow)))
    return xp[:, channel, sh * i + dh * u, sw * j + dw * v]
