from cnnlab.ops.arguments import size_pair


def one_axis(n, k, s, p, d, ceil_mode):
    reach = k + d - 1
    room = n + 2 * p - reach
    count = (room + (s - 1 if ceil_mode else 0)) // s + 1
    if ceil_mode and (count - 1) * s >= n + p:
        count -= 1
    if count < 1:
        raise ValueError(f"a window of {reach} does not fit into {n} with padding {p}")
    return count


def conv_output_size(size, kernel_size, *, stride=1, padding=0, dilation=1, ceil_mode=False):
    kernel = size_pair("kernel_size", kernel_size, 1)
    stride = size_pair("stride", stride, 1)
    padding = size_pair("padding", padding, 0)
    dilation = size_pair("dilation", dilation, 1)
    rows = one_axis(size[0], kernel[0], stride[0], padding[0], dilation[0], ceil_mode)
    columns = one_axis(size[1], kernel[1], stride[1], padding[1], dilation[1], ceil_mode)
    return rows, columns
