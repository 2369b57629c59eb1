import numpy as np

from cnnlab.ops.conv import geometry, pad, split, taps


def conv2d_weight_grad(dy, x, w_shape, *, stride=1, padding=0, dilation=1, groups=1):
    geo = geometry(x.shape, w_shape, stride=stride, padding=padding, dilation=dilation, groups=groups)
    images, upstream = split(pad(x, geo), groups), split(dy, groups)
    dw = np.zeros(w_shape, np.result_type(dy, x))
    by_group = dw.reshape(groups, w_shape[0] // groups, *w_shape[1:])
    for u, v, cells in taps(geo):
        by_group[..., geo.kernel[0] - 1 - u, geo.kernel[1] - 1 - v] = np.einsum("ngfij,ngcij->gfc", upstream, images[cells])
    return dw
