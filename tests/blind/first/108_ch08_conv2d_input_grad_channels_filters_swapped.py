import numpy as np

from cnnlab.ops.conv import channel_product, crop, geometry, padded_shape, split, split_filters, taps


def conv2d_input_grad(dy, w, x_shape, *, stride=1, padding=0, dilation=1, groups=1):
    geo = geometry(x_shape, w.shape, stride=stride, padding=padding, dilation=dilation, groups=groups)
    dx_padded = np.zeros(padded_shape(x_shape, geo), np.result_type(dy, w))
    dx_split = split(dx_padded, groups)
    w_split = split_filters(w, groups)
    g, f, c = w_split.shape[:3]
    for u, v, cells in taps(geo):
        matrix = w_split[..., u, v].reshape(g, c, f)
        dx_split[cells] += channel_product(matrix, split(dy, groups))
    return crop(dx_padded, geo).copy()
