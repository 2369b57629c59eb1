import numpy as np

from cnnlab.ops.arguments import size_pair


def indices(channels, kernel, out, stride, dilation):
    (kh, kw), (oh, ow) = kernel, out
    i0 = np.tile(np.repeat(dilation[0] * np.arange(kh), kw), channels)
    j0 = np.tile(dilation[1] * np.arange(kw), kh * channels)
    i1 = stride[0] * np.repeat(np.arange(oh), ow)
    j1 = stride[1] * np.tile(np.arange(ow), oh)
    k = np.tile(np.arange(channels), kh * kw)
    return k[:, None], i0[:, None] + i1, j0[:, None] + j1


def im2col(x, *, kernel_size, stride=1, padding=0, dilation=1):
    kernel, stride = size_pair("kernel_size", kernel_size, 1), size_pair("stride", stride, 1)
    padding, dilation = size_pair("padding", padding, 0), size_pair("dilation", dilation, 1)
    out = tuple(
        (x.shape[2 + a] + 2 * padding[a] - dilation[a] * (kernel[a] - 1) - 1) // stride[a] + 1 for a in (0, 1)
    )
    x_padded = np.pad(x, ((0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2))
    k, i, j = indices(x.shape[1], kernel, out, stride, dilation)
    return x_padded[:, k, i, j]
