import numpy as np

from cnnlab.ops.arguments import size_pair


def conv2d_input_grad(dy, w, x_shape, *, stride=1, padding=0, dilation=1, groups=1):
    sh, sw = size_pair("stride", stride, 1)
    ph, pw = size_pair("padding", padding, 0)
    dh, dv = size_pair("dilation", dilation, 1)
    images, channels, h, width = x_shape
    filters, cg, kh, kw = w.shape
    rh, rw = dh * (kh - 1) + 1, dv * (kw - 1) + 1
    dx = np.zeros((images, channels, h + 2 * ph, width + 2 * pw), w.dtype)
    for n, i, j in np.ndindex(dy.shape[0], dy.shape[2], dy.shape[3]):
        a, e = i * sh, j * sw
        window = np.zeros((channels, kh, kw), w.dtype)
        for k in range(filters):
            lo = k // (filters // groups) * cg
            window[lo : lo + cg] += dy[n, k, i, j] * w[k]
        dx[n, :, a : a + rh : dh, e : e + rw : dv] = window
    return dx[:, :, ph : ph + h, pw : pw + width].copy()
