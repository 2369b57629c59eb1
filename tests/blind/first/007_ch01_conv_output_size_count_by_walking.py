from cnnlab.ops.arguments import size_pair


def conv_output_size(size, kernel_size, *, stride=1, padding=0, dilation=1, ceil_mode=False):
    kernel, step = size_pair("kernel_size", kernel_size, 1), size_pair("stride", stride, 1)
    pad, spread = size_pair("padding", padding, 0), size_pair("dilation", dilation, 1)

    answer = []
    for h, k, s, p, d in zip(size, kernel, step, pad, spread, strict=True):
        last_row = h + p - 1
        first, windows = -p, 0
        while first + d * (k - 1) <= last_row:
            windows += 1
            first += s
        # `first` is now where one more window would begin; rounding up wants it only if the last one left a rest
        left_over = h + 2 * p - (d * (k - 1) + 1) - s * (windows - 1)
        if ceil_mode and left_over > 0 and first < h:
            windows += 1
        if windows == 0:
            raise ValueError("the kernel does not fit")
        answer.append(windows)
    return answer[0], answer[1]
