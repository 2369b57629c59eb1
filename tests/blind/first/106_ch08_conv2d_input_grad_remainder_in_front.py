import numpy as np

from cnnlab.ops.arguments import size_pair


def conv2d_input_grad(dy, w, x_shape, *, stride=1, padding=0, dilation=1, groups=1):
    sh, sw = size_pair("stride", stride, 1)
    ph, pw = size_pair("padding", padding, 0)
    dh, dv = size_pair("dilation", dilation, 1)
    n, c, h, wid = x_shape
    f, cg, kh, kw = w.shape
    oh, ow = dy.shape[2:]
    reach_h = sh * (oh - 1) + dh * (kh - 1) + 1
    reach_w = sw * (ow - 1) + dv * (kw - 1) + 1
    reached = np.zeros((n, c, reach_h, reach_w), dy.dtype)
    grads = dy.reshape(n, groups, f // groups, oh, ow)
    filters = w.reshape(groups, f // groups, cg, kh, kw)
    for u in range(kh):
        for v in range(kw):
            share = np.einsum("ngfij,gfc->ngcij", grads, filters[..., u, v]).reshape(n, c, oh, ow)
            reached[:, :, dh * u : dh * u + sh * oh : sh, dv * v : dv * v + sw * ow : sw] += share
    rest_h, rest_w = h + 2 * ph - reach_h, wid + 2 * pw - reach_w
    whole = np.pad(reached, ((0, 0), (0, 0), (rest_h, 0), (rest_w, 0)))
    return whole[:, :, ph : ph + h, pw : pw + wid].copy()
