import numpy as np

from cnnlab.ops.arguments import size_pair as pair


def col2im(cols, *, output_size, kernel_size, stride=1, padding=0, dilation=1):
    H, W = pair("output_size", output_size, 1)
    KH, KW = pair("kernel_size", kernel_size, 1)
    (sh, sw), (dh, dw) = pair("stride", stride, 1), pair("dilation", dilation, 1)
    ph, pw = pair("padding", padding, 0)
    oh, ow = (H + 2 * ph - dh * (KH - 1) - 1) // sh + 1, (W + 2 * pw - dw * (KW - 1) - 1) // sw + 1
    C = cols.shape[1] // (KH * KW)
    a = dh * np.arange(KH)[:, None, None, None] + sh * np.arange(oh)[:, None] - ph
    e = dw * np.arange(KW)[:, None, None] + sw * np.arange(ow) - pw
    a, e = np.broadcast_arrays(a, e)
    inside = (a >= 0) & (a < H) & (e >= 0) & (e < W)
    place = (W * a + e)[inside]
    entries = cols.reshape(len(cols), C, KH, KW, oh, ow)
    x = np.empty((len(cols), C, H, W), cols.dtype)
    for n, c in np.ndindex(x.shape[:2]):
        x[n, c] = np.bincount(place, weights=entries[n, c][inside], minlength=H * W).reshape(H, W)
    return x
