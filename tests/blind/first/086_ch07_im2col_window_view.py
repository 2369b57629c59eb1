import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnlab.ops.arguments import size_pair


def im2col(x, *, kernel_size, stride=1, padding=0, dilation=1):
    kh, kw = size_pair("kernel_size", kernel_size, 1)
    sh, sw = size_pair("stride", stride, 1)
    ph, pw = size_pair("padding", padding, 0)
    dh, dw = size_pair("dilation", dilation, 1)
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    view = sliding_window_view(xp, (dh * (kh - 1) + 1, dw * (kw - 1) + 1), axis=(2, 3))
    view = view[:, :, ::sh, ::sw, ::dh, ::dw]
    n, c, oh, ow = view.shape[:4]
    return np.array(np.moveaxis(view, (2, 3), (4, 5))).reshape(n, c * kh * kw, oh * ow)
