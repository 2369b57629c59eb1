import numpy as np

from cnnlab.ops.arguments import size_pair


def im2col(x, *, kernel_size, stride=1, padding=0, dilation=1):
    kh, kw = size_pair("kernel_size", kernel_size, 1)
    sh, sw = size_pair("stride", stride, 1)
    ph, pw = size_pair("padding", padding, 0)
    dh, dw = size_pair("dilation", dilation, 1)
    if ph or pw:
        x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    reach = dh * (kh - 1) + 1, dw * (kw - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(x, reach, axis=(2, 3))
    windows = windows[:, :, ::sh, ::sw, ::dh, ::dw].transpose(0, 1, 4, 5, 2, 3)
    n, c, _, _, oh, ow = windows.shape
    return windows.reshape(n, c * kh * kw, oh * ow)
