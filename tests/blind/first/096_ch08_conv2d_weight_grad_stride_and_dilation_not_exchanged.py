import numpy as np

from cnnlab.ops.arguments import size_pair


def conv2d_weight_grad(dy, x, w_shape, *, stride=1, padding=0, dilation=1, groups=1):
    sh, sw = size_pair("stride", stride, 1)
    ph, pw = size_pair("padding", padding, 0)
    dh, dv = size_pair("dilation", dilation, 1)
    n, channels, h, w = x.shape
    filters, per_group, kh, kw = w_shape
    dw = np.zeros(w_shape, x.dtype)
    padded = np.zeros((n, channels, h + 2 * ph, w + 2 * pw), x.dtype)
    padded[:, :, ph : ph + h, pw : pw + w] = x
    for f in range(filters):
        first = f // (filters // groups) * per_group
        for u, v in np.ndindex(kh, kw):
            for i, j in np.ndindex(*dy.shape[2:]):
                a = u * sh + i * dh
                e = v * sw + j * dv
                if a < padded.shape[2] and e < padded.shape[3]:
                    cells = padded[:, first : first + per_group, a, e]
                    dw[f, :, u, v] += dy[:, f, i, j] @ cells
    return dw
