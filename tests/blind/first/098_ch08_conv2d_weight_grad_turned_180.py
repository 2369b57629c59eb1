import numpy as np

from cnnlab.ops.conv import channel_product, flat, geometry, pad, split, taps


def conv2d_weight_grad(dy, x, w_shape, *, stride=1, padding=0, dilation=1, groups=1):
    geo = geometry(x.shape, w_shape, stride=stride, padding=padding, dilation=dilation, groups=groups)
    cells_of = split(pad(x, geo), groups)
    up = flat(split(dy, groups))
    f, c, kh, kw = w_shape
    dw = np.zeros(w_shape, np.result_type(dy, x))
    for u, v, place in taps(geo):
        cells = flat(cells_of[place])
        dw[:, :, u, v] = np.einsum("ngfp,ngcp->gfc", up, cells).reshape(f, c)
    return dw[:, :, ::-1, ::-1].copy()
