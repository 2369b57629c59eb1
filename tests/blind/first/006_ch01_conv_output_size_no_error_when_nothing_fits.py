from cnnlab.ops.arguments import size_pair


def conv_output_size(size, kernel_size, *, stride=1, padding=0, dilation=1, ceil_mode=False):
    kernel_size = size_pair("kernel_size", kernel_size, 1)
    stride = size_pair("stride", stride, 1)
    padding = size_pair("padding", padding, 0)
    dilation = size_pair("dilation", dilation, 1)

    def rows(i):
        reach = (kernel_size[i] - 1) * dilation[i] + 1
        rest = size[i] + 2 * padding[i] - reach
        n = rest // stride[i] + 1
        if ceil_mode:
            n = -(-rest // stride[i]) + 1
            if (n - 1) * stride[i] >= size[i] + padding[i]:
                n -= 1
        return max(n, 0)

    return rows(0), rows(1)
