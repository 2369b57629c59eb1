from cnnlab.ops.arguments import size_pair


def lay_windows(n, k, s, p, d, ceil_mode):
    reach = d * (k - 1) + 1
    first, count = -p, 0
    while first + reach <= n + p:
        count += 1
        first += s
    over_the_end = first - s + reach < n + p
    if ceil_mode and over_the_end and first < n:
        count += 1
    if count == 0:
        raise ValueError("no window fits")
    return count


def conv_output_size(size, kernel_size, *, stride=1, padding=0, dilation=1, ceil_mode=False):
    options = zip(
        size,
        size_pair("kernel_size", kernel_size, 1),
        size_pair("stride", stride, 1),
        size_pair("padding", padding, 0),
        size_pair("dilation", dilation, 1),
        strict=True,
    )
    return tuple(lay_windows(*axis, ceil_mode) for axis in options)
