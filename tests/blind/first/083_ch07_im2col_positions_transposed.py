import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnlab.ops.arguments import size_pair


def im2col(x, *, kernel_size, stride=1, padding=0, dilation=1):
    kh, kw = size_pair("kernel_size", kernel_size, 1)
    sh, sw = size_pair("stride", stride, 1)
    ph, pw = size_pair("padding", padding, 0)
    dh, dw = size_pair("dilation", dilation, 1)
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    reach = dh * (kh - 1) + 1, dw * (kw - 1) + 1
    windows = sliding_window_view(xp, reach, axis=(2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]
    n, c, oh, ow = windows.shape[:4]
    columns = [windows[:, :, i, j].reshape(n, c * kh * kw) for j in range(ow) for i in range(oh)]
    return np.stack(columns, axis=-1)
