import numpy as np

from cnnlab.ops.arguments import size_pair


def columns(x, kernel, out, stride, padding, dilation):
    (ph, pw), (sh, sw), (dh, dv) = padding, stride, dilation
    room = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    cols = np.empty((*x.shape[:2], *kernel, *out), x.dtype)
    for u, v in np.ndindex(*kernel):
        last_row, last_column = dh * u + sh * (out[0] - 1), dv * v + sw * (out[1] - 1)
        cols[:, :, u, v] = room[:, :, dh * u : last_row + 1 : sh, dv * v : last_column + 1 : sw]
    return cols


def conv2d_weight_grad(dy, x, w_shape, *, stride=1, padding=0, dilation=1, groups=1):
    stride, padding = size_pair("stride", stride, 1), size_pair("padding", padding, 0)
    cols = columns(x, w_shape[2:], dy.shape[2:], stride, padding, size_pair("dilation", dilation, 1))
    n, f = dy.shape[:2]
    dw = np.zeros((groups, f // groups, int(np.prod(w_shape[1:]))), x.dtype)
    for k in range(n):
        rows = dy[k].reshape(groups, f // groups, -1)
        seen = cols[0].reshape(groups, -1, rows.shape[2])
        dw += rows @ seen.transpose(0, 2, 1)
    return dw.reshape(w_shape)
