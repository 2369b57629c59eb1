import numpy as np

from cnnlab.ops.arguments import size_pair


def conv2d_input_grad(dy, w, x_shape, *, stride=1, padding=0, dilation=1, groups=1):
    s, p = size_pair("stride", stride, 1), size_pair("padding", padding, 0)
    d = size_pair("dilation", dilation, 1)
    n, c, height, width = x_shape
    f, per_group, kh, kw = w.shape
    oh, ow = dy.shape[2:]
    reach = d[0] * (kh - 1), d[1] * (kw - 1)
    spread = np.zeros((n, f, height + 2 * p[0] + reach[0], width + 2 * p[1] + reach[1]), dy.dtype)
    spread[:, :, reach[0] :: s[0], reach[1] :: s[1]][:, :, :oh, :ow] = dy
    turned = w[:, :, ::-1]
    share = f // groups
    dx = np.zeros(x_shape, dy.dtype)
    for g in range(groups):
        for u in range(kh):
            for v in range(kw):
                top, left = p[0] + d[0] * u, p[1] + d[1] * v
                seen = spread[:, g * share : (g + 1) * share, top : top + height, left : left + width]
                taps = turned[g * share : (g + 1) * share, :, u, v]
                dx[:, g * per_group : (g + 1) * per_group] += np.einsum("nfae,fc->ncae", seen, taps)
    return dx
