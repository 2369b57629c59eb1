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
    n, c = len(cols), cols.shape[1] // (kh * kw)
    channel, u, v = (k.reshape(-1, 1) for k in np.indices((c, kh, kw)))
    i, j = (k.reshape(1, -1) for k in np.indices((oh, ow)))
    rows, columns = sh * i + dh * u, sw * j + dw * v
    image = np.zeros((n, c, h + 2 * ph, w + 2 * pw), cols.dtype)
    image[:, channel, rows, columns] += cols
    return image[:, :, ph : ph + h, pw : pw + w].copy()
