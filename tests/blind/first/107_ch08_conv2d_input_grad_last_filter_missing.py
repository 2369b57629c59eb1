import numpy as np

from cnnlab.ops.conv import crop, geometry, padded_shape, taps


def conv2d_input_grad(dy, w, x_shape, *, stride=1, padding=0, dilation=1, groups=1):
    geo = geometry(x_shape, w.shape, stride=stride, padding=padding, dilation=dilation, groups=groups)
    whole = np.zeros(padded_shape(x_shape, geo), np.result_type(dy, w))
    per, cg = len(w) // groups, w.shape[1]
    for u, v, cells in taps(geo):
        for g in range(groups):
            for f in range(g * per, (g + 1) * per - 1):
                for c in range(cg):
                    whole[:, g * cg + c][cells] += w[f, c, u, v] * dy[:, f]
    return crop(whole, geo).copy()
