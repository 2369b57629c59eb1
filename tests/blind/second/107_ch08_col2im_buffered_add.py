import numpy as np

from cnnlab.ops.arguments import size_pair


def indices(channels, kernel, out, stride, dilation):
    (kh, kw), (oh, ow) = kernel, out
    i0 = np.tile(np.repeat(dilation[0] * np.arange(kh), kw), channels)
    j0 = np.tile(dilation[1] * np.arange(kw), kh * channels)
    i = i0[:, None] + stride[0] * np.repeat(np.arange(oh), ow)
    j = j0[:, None] + stride[1] * np.tile(np.arange(ow), oh)
    k = np.repeat(np.arange(channels), kh * kw)[:, None]
    return k, i, j


def col2im(cols, *, output_size, kernel_size, stride=1, padding=0, dilation=1):
    size, kernel = size_pair("output_size", output_size, 1), size_pair("kernel_size", kernel_size, 1)
    stride, dilation = size_pair("stride", stride, 1), size_pair("dilation", dilation, 1)
    ph, pw = size_pair("padding", padding, 0)
    channels = cols.shape[1] // (kernel[0] * kernel[1])
    room = size[0] + 2 * ph, size[1] + 2 * pw
    out = tuple((r - d * (k - 1) - 1) // s + 1 for r, d, k, s in zip(room, dilation, kernel, stride, strict=True))
    x = np.zeros((len(cols), channels, *room), cols.dtype)
    k, i, j = indices(channels, kernel, out, stride, dilation)
    x[:, k, i, j] += cols
    return x[:, :, ph : ph + size[0], pw : pw + size[1]].copy()
