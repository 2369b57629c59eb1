import numpy as np

from cnnlab.ops.conv import crop, geometry, padded_shape, split, split_filters, taps


def conv2d_input_grad(dy, w, x_shape, *, stride=1, padding=0, dilation=1, groups=1):
    geo = geometry(x_shape, w.shape, stride=stride, padding=padding, dilation=dilation, groups=groups)
    dx_padded = np.zeros(padded_shape(x_shape, geo), np.result_type(dy, w))
    receives = split(dx_padded, groups)
    filters, upstream = split_filters(w, groups), split(dy, groups)
    for u, v, cells in taps(geo):
        receives[cells] = np.einsum("gfc,ngfij->ngcij", filters[..., u, v], upstream)
    return crop(dx_padded, geo).copy()
