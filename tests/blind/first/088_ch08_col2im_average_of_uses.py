import numpy as np

from cnnlab.ops.arguments import size_pair


def col2im(cols, *, output_size, kernel_size, stride=1, padding=0, dilation=1):
    (h, w), (kh, kw) = size_pair("output_size", output_size, 1), size_pair("kernel_size", kernel_size, 1)
    (sh, sw), (ph, pw) = size_pair("stride", stride, 1), size_pair("padding", padding, 0)
    dh, dw = size_pair("dilation", dilation, 1)
    oh = (h + 2 * ph - dh * (kh - 1) - 1) // sh + 1
    ow = (w + 2 * pw - dw * (kw - 1) - 1) // sw + 1
    n, c = cols.shape[0], cols.shape[1] // (kh * kw)
    parts = cols.reshape(n, c, kh, kw, oh, ow)
    total = np.zeros((n, c, h + 2 * ph, w + 2 * pw), cols.dtype)
    used = np.zeros(total.shape[2:], cols.dtype)
    for u, v in np.ndindex(kh, kw):
        place = slice(u * dh, u * dh + sh * (oh - 1) + 1, sh), slice(v * dw, v * dw + sw * (ow - 1) + 1, sw)
        total[(..., *place)] += parts[:, :, u, v]
        used[place] += 1
    out = total / np.maximum(used, 1)
    return out[:, :, ph : ph + h, pw : pw + w].copy()
