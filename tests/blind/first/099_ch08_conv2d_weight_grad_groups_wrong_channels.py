import numpy as np

from cnnlab.ops.arguments import size_pair


def conv2d_weight_grad(dy, x, w_shape, *, stride=1, padding=0, dilation=1, groups=1):
    (sh, sw), (ph, pw) = size_pair("stride", stride, 1), size_pair("padding", padding, 0)
    dh, dv = size_pair("dilation", dilation, 1)
    filters, c, kh, kw = w_shape
    oh, ow = dy.shape[2:]
    xp = np.pad(x, [(0, 0), (0, 0), (ph, ph), (pw, pw)])
    dw = np.empty(w_shape, x.dtype)
    for f in range(filters):
        g = f % groups
        mine = xp[:, g * c : (g + 1) * c]
        for u in range(kh):
            for v in range(kw):
                cells = mine[:, :, dh * u :: sh, dv * v :: sw][:, :, :oh, :ow]
                dw[f, :, u, v] = (cells * dy[:, f, None]).sum(axis=(0, 2, 3))
    return dw
