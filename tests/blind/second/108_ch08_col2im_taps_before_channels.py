import numpy as np

from cnnlab.ops.arguments import size_pair


def col2im(cols, *, output_size, kernel_size, stride=1, padding=0, dilation=1):
    H, W = size_pair("output_size", output_size, 1)
    kh, kw = size_pair("kernel_size", kernel_size, 1)
    sh, sw = size_pair("stride", stride, 1)
    ph, pw = size_pair("padding", padding, 0)
    dh, dw = size_pair("dilation", dilation, 1)
    oh = (H + 2 * ph - dh * (kh - 1) - 1) // sh + 1
    ow = (W + 2 * pw - dw * (kw - 1) - 1) // sw + 1
    C = cols.shape[1] // kh // kw
    six = cols.reshape(len(cols), kh, kw, C, oh, ow).transpose(0, 3, 1, 2, 4, 5)
    room = np.zeros((len(cols), C, H + 2 * ph, W + 2 * pw), cols.dtype)
    for u in range(kh):
        for v in range(kw):
            for i in range(oh):
                r = dh * u + sh * i
                room[:, :, r, dw * v : dw * v + sw * (ow - 1) + 1 : sw] += six[:, :, u, v, i]
    return room[:, :, ph : H + ph, pw : W + pw].copy()
