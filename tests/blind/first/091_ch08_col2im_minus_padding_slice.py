import numpy as np

from cnnlab.ops.arguments import size_pair


def col2im(cols, *, output_size, kernel_size, stride=1, padding=0, dilation=1):
    h, w = size_pair("output_size", output_size, 1)
    kh, kw = size_pair("kernel_size", kernel_size, 1)
    sh, sw = size_pair("stride", stride, 1)
    ph, pw = size_pair("padding", padding, 0)
    dh, dw = size_pair("dilation", dilation, 1)
    oh = (h + 2 * ph - dh * (kh - 1) - 1) // sh + 1
    ow = (w + 2 * pw - dw * (kw - 1) - 1) // sw + 1
    n, c = cols.shape[0], cols.shape[1] // (kh * kw)
    blocks = cols.reshape(n, c, kh, kw, oh, ow)
    padded = np.zeros((n, c, h + 2 * ph, w + 2 * pw), cols.dtype)
    for i in range(oh):
        for j in range(ow):
            a, e = sh * i, sw * j
            window = padded[:, :, a : a + dh * (kh - 1) + 1 : dh, e : e + dw * (kw - 1) + 1 : dw]
            window += blocks[..., i, j]
    return padded[:, :, ph:-ph, pw:-pw].copy()
