import numpy as np

from cnnlab.ops.arguments import size_pair


def conv2d_weight_grad(dy, x, w_shape, *, stride=1, padding=0, dilation=1, groups=1):
    sh, sw = size_pair("stride", stride, 1)
    ph, pw = size_pair("padding", padding, 0)
    dh, dv = size_pair("dilation", dilation, 1)
    f, c, kh, kw = w_shape
    n, channels, h, w = x.shape
    size = h + 2 * ph, w + 2 * pw
    padded = np.zeros((n, channels, *size))
    padded[:, :, ph : ph + h, pw : pw + w] = x
    spread = np.zeros((n, dy.shape[1], *size))
    spread[:, :, : sh * dy.shape[2] : sh, : sw * dy.shape[3] : sw] = dy
    image = np.fft.rfft2(padded).reshape(n, groups, c, size[0], size[1] // 2 + 1)
    error = np.fft.rfft2(spread).reshape(n, groups, f // groups, size[0], size[1] // 2 + 1)
    product = np.einsum("ngfab,ngcab->gfcab", np.conj(error), image)
    whole = np.fft.irfft2(product, s=size).reshape(f, c, *size)
    return whole[:, :, : dh * (kh - 1) + 1 : dh, : dv * (kw - 1) + 1 : dv].astype(np.result_type(dy, x))
