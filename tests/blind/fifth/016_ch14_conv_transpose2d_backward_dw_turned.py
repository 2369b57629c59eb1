import numpy as np

from cnnlab.ops.arguments import size_pair
from cnnlab.ops.conv import conv2d_forward


def conv_transpose2d_backward(dy, cache):
    x, w, b = cache.x, cache.w, cache.b
    s, p, d = (
        size_pair("stride", cache.stride, 1),
        size_pair("padding", cache.padding, 0),
        size_pair("dilation", cache.dilation, 1),
    )
    H, W = x.shape[2:]
    dx = conv2d_forward(dy, w, stride=s, padding=p, dilation=d, groups=cache.groups)[0]
    dx = dx[:, :, :H, :W] + 0.0
    # dw is a convolution too: dy is the image, x the filter, stride and dilation change roles
    N, C = x.shape[:2]
    G, Fg = cache.groups, w.shape[1]
    img = np.pad(dy, ((0, 0), (0, 0), (0, s[0] * H), (0, s[1] * W)))
    dw = np.zeros_like(w)
    for c in range(C):
        g = c // (C // G)
        for f in range(Fg):
            im = img[:, g * Fg + f][None]
            fil = x[:, c][None]
            res = conv2d_forward(im, fil, stride=d, padding=p, dilation=s)[0][0, 0, : w.shape[2], : w.shape[3]]
            dw[c, f] = np.rot90(res, 2)
    db = None
    if b is not None:
        db = dy.sum(axis=(0, 2, 3))
    return dx, dw, db
