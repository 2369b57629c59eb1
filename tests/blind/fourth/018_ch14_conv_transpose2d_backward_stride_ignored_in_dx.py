import numpy as np

from cnnlab.ops.conv import conv2d_forward


def conv_transpose2d_backward(dy, cache):
    x, w, b, stride, padding, _, dilation, groups = cache
    dx = conv2d_forward(dy, w, stride=stride, padding=padding, dilation=1, groups=groups)[0]
    dx = dx[:, :, : x.shape[2], : x.shape[3]]
    pair = lambda v: (v, v) if np.ndim(v) == 0 else (v * 2 if len(v) == 1 else v)
    (sh, sw), (ph, pw), (dh, dw_) = pair(stride), pair(padding), pair(dilation)
    n, c, h, wide = x.shape
    xs, ys = x.reshape(n, groups, c // groups, h, wide), np.pad(dy, ((0, 0), (0, 0), (ph, ph + sh), (pw, pw + sw)))
    ys = ys.reshape(n, groups, -1, *ys.shape[2:])
    dw = np.zeros((groups, c // groups, *w.shape[1:]), w.dtype)
    for u in range(w.shape[2]):
        for v in range(w.shape[3]):
            cells = ys[..., dh * u :, dw_ * v :][..., : sh * h : sh, : sw * wide : sw]
            dw[..., u, v] = np.einsum("ngcij,ngfij->gcf", xs, cells)
    return dx, dw.reshape(w.shape), None if b is None else dy.sum((0, 2, 3))
