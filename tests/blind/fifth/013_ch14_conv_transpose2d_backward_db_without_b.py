import numpy as np

from cnnlab.ops.arguments import size_pair


def conv_transpose2d_backward(dy, cache):
    x, w, b, stride, padding, output_padding, dilation, groups = cache
    (sh, sw), (ph, pw), (dh, dw_) = size_pair("s", stride, 1), size_pair("p", padding, 0), size_pair("d", dilation, 1)
    n, c, h, wd = x.shape
    _, fg, kh, kw = w.shape
    f = fg * groups
    oh, ow = dy.shape[2:]
    dx = np.zeros(x.shape, x.dtype)
    dw = np.zeros(w.shape, w.dtype)
    db = dy.sum(3).sum(2).sum(0)
    for ci in range(c):
        g = ci // (c // groups)
        for i in range(h):
            for j in range(wd):
                for u in range(kh):
                    for v in range(kw):
                        r, q = sh * i + dh * u - ph, sw * j + dw_ * v - pw
                        if 0 <= r < oh and 0 <= q < ow:
                            piece = dy[:, g * fg : (g + 1) * fg, r, q]
                            dx[:, ci, i, j] += piece @ w[ci, :, u, v]
                            dw[ci, :, u, v] += x[:, ci, i, j] @ piece
    return dx, dw, db
