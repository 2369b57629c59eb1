import numpy as np

from cnnlab.ops.conv import geometry, padded_shape, split, split_filters, taps


def conv2d_input_grad(dy, w, x_shape, *, stride=1, padding=0, dilation=1, groups=1):
    geo = geometry(x_shape, w.shape, stride=stride, padding=padding, dilation=dilation, groups=groups)
    out = np.zeros(padded_shape(x_shape, geo), dy.dtype)
    grouped = split(out, groups)
    g = split(dy, groups)
    transposed = split_filters(w, groups).swapaxes(1, 2)
    for u, v, cells in taps(geo):
        grouped[cells] += np.stack(
            [np.tensordot(g[:, k], transposed[k, :, :, u, v], axes=(1, 1)).transpose(0, 3, 1, 2) for k in range(groups)],
            axis=1,
        )
    (ph, pw), (height, width) = geo.padding, geo.image
    return out[:, :, ph:-ph, pw:-pw].copy()
