import numpy as np

from cnnlab.ops.arguments import size_pair


def one_group(dy, x, kernel, stride, padding, dilation):
    (kh, kw), (sh, sw), (ph, pw), (dh, dv) = kernel, stride, padding, dilation
    f, oh, ow = dy.shape[1:]
    c = x.shape[1]
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dw = np.zeros((f, c, kh, kw), dy.dtype)
    for n in range(len(x)):
        for u, v in np.ndindex(kh, kw):
            cells = xp[n, :, u * dh : u * dh + sh * (oh - 1) + 1 : sh, v * dv : v * dv + sw * (ow - 1) + 1 : sw]
            dw[:, :, u, v] = dy[n].reshape(f, -1) @ cells.reshape(c, -1).T
    return dw


def conv2d_weight_grad(dy, x, w_shape, *, stride=1, padding=0, dilation=1, groups=1):
    stride, padding = size_pair("stride", stride, 1), size_pair("padding", padding, 0)
    dilation = size_pair("dilation", dilation, 1)
    parts = [
        one_group(g, part, w_shape[2:], stride, padding, dilation)
        for g, part in zip(np.split(dy, groups, axis=1), np.split(x, groups, axis=1))
    ]
    return np.concatenate(parts)
