import numpy as np

from cnnlab.ops.arguments import size_pair


def conv2d_input_grad(dy, w, x_shape, *, stride=1, padding=0, dilation=1, groups=1):
    (sh, sw), (ph, pw) = size_pair("stride", stride, 1), size_pair("padding", padding, 0)
    dh, dv = size_pair("dilation", dilation, 1)
    n, c, h, w_in = x_shape
    f, cg, kh, kw = w.shape
    oh, ow = dy.shape[2:]
    dx_padded = np.zeros((n, c, h + 2 * ph, w_in + 2 * pw), dy.dtype)
    for g in range(groups):
        some = slice(g * f // groups, (g + 1) * f // groups)
        target = dx_padded[:, g * cg : (g + 1) * cg]
        for u, v in np.ndindex(kh, kw):
            rows = slice(dh * u, dh * u + sh * (oh - 1) + 1, sh)
            columns = slice(dv * v, dv * v + sw * (ow - 1) + 1, sw)
            target[:, :, rows, columns] += np.einsum("nfij,fc->ncij", dy[:, some], w[some, :, u, v])
    return dx_padded[:, :, :h, :w_in].copy()
