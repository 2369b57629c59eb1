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
    hp, wp = h + 2 * ph, w + 2 * pw
    u, v, i, j = np.indices((kh, kw, oh, ow))
    cell = ((dh * u + sh * i) * wp + dw * v + sw * j).ravel()
    n, channels = cols.shape[0], cols.shape[1] // (kh * kw)
    entries = cols.reshape(n, channels, cell.size)
    out = np.empty((n, channels, h, w), cols.dtype)
    for m, c in np.ndindex(n, channels):
        whole = np.bincount(cell, weights=entries[m, c], minlength=hp * wp).reshape(hp, wp)
        out[m, c] = whole[ph : ph + h, pw : pw + w]
    return out
