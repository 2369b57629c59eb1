import numpy as np

from cnnlab.ops.arguments import size_pair


def conv2d_input_grad(dy, w, x_shape, *, stride=1, padding=0, dilation=1, groups=1):
    sh, sw = size_pair("stride", stride, 1)
    ph, pw = size_pair("padding", padding, 0)
    dh, dv = size_pair("dilation", dilation, 1)
    n, c, h, width = x_shape
    f, cg, kh, kw = w.shape
    oh, ow = dy.shape[2:]
    big = np.zeros((n, c, h + 2 * ph, width + 2 * pw + sh * ow), dy.dtype)
    up = dy.reshape(n, groups, f // groups, oh, ow)
    filters = w.reshape(groups, f // groups, cg, kh, kw)
    for u, v in np.ndindex(kh, kw):
        rows = slice(dh * u, dh * u + sh * (oh - 1) + 1, sh)
        columns = slice(dv * v, dv * v + sh * (ow - 1) + 1, sh)
        share = np.einsum("ngfij,gfc->ngcij", up, filters[..., u, v])
        big[:, :, rows, columns] += share.reshape(n, c, oh, ow)
    return big[:, :, :h, :width].copy()
