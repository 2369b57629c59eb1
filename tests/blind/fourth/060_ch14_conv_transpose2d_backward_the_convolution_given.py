import numpy as np

from cnnlab.ops.conv import conv2d_forward


def conv_transpose2d_backward(dy, cache):
    x, w, b, stride, padding, _, dilation, groups = cache
    dx = conv2d_forward(dy, w, stride=stride, padding=padding, dilation=dilation, groups=groups)[0]
    dx = np.ascontiguousarray(dx[:, :, : x.shape[2], : x.shape[3]])
    pair = lambda v: (v, v) if np.ndim(v) == 0 else (v * 2 if len(v) == 1 else v)
    (sh, sw), (ph, pw), (dh, dw_) = pair(stride), pair(padding), pair(dilation)
    n, c, h, wide = x.shape
    ys = np.pad(dy, ((0, 0), (0, 0), (ph, ph + sh), (pw, pw + sw)))
    ys = ys.reshape(n, groups, -1, *ys.shape[2:])
    xs = x.reshape(n, groups, c // groups, h, wide)
    dw = np.zeros((groups, c // groups, *w.shape[1:]), w.dtype)
    for i in range(h):
        for j in range(wide):
            rows = sh * i + dh * np.arange(w.shape[2])
            columns = sw * j + dw_ * np.arange(w.shape[3])
            dw += np.einsum("ngc,ngfuv->gcfuv", xs[..., i, j], ys[..., rows[:, None], columns])
    return dx, dw.reshape(w.shape), None if b is None else dy.sum((0, 2, 3))
