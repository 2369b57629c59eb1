from cnnlab.ops.arguments import size_pair


def one_side(length, kernel, stride, padding, dilation, ceil_mode):
    reach = dilation * kernel
    room = length + 2 * padding - reach
    if ceil_mode:
        windows = (room + stride - 1) // stride + 1
        if (windows - 1) * stride >= length + padding:
            windows -= 1
    else:
        windows = room // stride + 1
    if windows < 1:
        raise ValueError(f"kernel {kernel} does not fit into {length} rows")
    return windows


def conv_output_size(size, kernel_size, *, stride=1, padding=0, dilation=1, ceil_mode=False):
    pairs = zip(
        size,
        size_pair("kernel_size", kernel_size, 1),
        size_pair("stride", stride, 1),
        size_pair("padding", padding, 0),
        size_pair("dilation", dilation, 1),
    )
    return tuple(one_side(*five, ceil_mode) for five in pairs)
