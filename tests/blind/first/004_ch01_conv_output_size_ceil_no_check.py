from math import ceil

from cnnlab.ops.arguments import size_pair


def conv_output_size(size, kernel_size, *, stride=1, padding=0, dilation=1, ceil_mode=False):
    k, s = size_pair("kernel_size", kernel_size, 1), size_pair("stride", stride, 1)
    p, d = size_pair("padding", padding, 0), size_pair("dilation", dilation, 1)
    out = []
    for axis in range(2):
        room = size[axis] + 2 * p[axis] - d[axis] * (k[axis] - 1) - 1
        if room < 0 and not (ceil_mode and room + s[axis] - 1 >= 0):
            raise ValueError("no window fits")
        if ceil_mode:
            out.append(ceil(room / s[axis]) + 1)
        else:
            out.append(room // s[axis] + 1)
    return tuple(out)
