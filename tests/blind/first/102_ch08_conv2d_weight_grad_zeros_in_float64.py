import numpy as np

from cnnlab.ops.arguments import size_pair


def conv2d_weight_grad(dy, x, w_shape, *, stride=1, padding=0, dilation=1, groups=1):
    sh, sw = size_pair("stride", stride, 1)
    ph, pw = size_pair("padding", padding, 0)
    dh, dv = size_pair("dilation", dilation, 1)
    f_all, c, kh, kw = w_shape
    f = f_all // groups
    oh, ow = dy.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dw = np.zeros(w_shape)
    for g in range(groups):
        up = dy[:, g * f : (g + 1) * f]
        for u in range(kh):
            for v in range(kw):
                seen = xp[:, g * c : (g + 1) * c, dh * u : dh * u + sh * (oh - 1) + 1 : sh, dv * v : dv * v + sw * (ow - 1) + 1 : sw]
                dw[g * f : (g + 1) * f, :, u, v] += np.einsum("nfij,ncij->fc", up, seen)
    return dw
