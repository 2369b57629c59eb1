import numpy as np

from cnnlab.ops.arguments import size_pair


def conv2d_weight_grad(dy, x, w_shape, *, stride=1, padding=0, dilation=1, groups=1):
    (sh, sw), (dh, dw) = size_pair("stride", stride, 1), size_pair("dilation", dilation, 1)
    ph, pw = size_pair("padding", padding, 0)
    F, per_group, kh, kw = w_shape
    N, _, oh, ow = dy.shape
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    reach = sh * (oh - 1) + 1, sw * (ow - 1) + 1
    seen = np.lib.stride_tricks.sliding_window_view(padded, reach, axis=(2, 3))
    seen = seen[:, :, ::dh, ::dw, ::sh, ::sw][:, :, :kh, :kw]
    share = F // groups
    parts = []
    for g in range(groups):
        mine = dy[:, g * share : (g + 1) * share]
        read = seen[:, g * per_group : (g + 1) * per_group]
        parts.append(np.tensordot(mine, read, axes=((0, 2, 3), (0, 4, 5))))
    return np.concatenate(parts)
