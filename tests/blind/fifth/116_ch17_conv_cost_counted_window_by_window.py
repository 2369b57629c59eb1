from cnnlab.ops.arguments import size_pair


def windows(size, k, s, p, d):
    reach = d * (k - 1)
    start, count = -p, 0
    while start + reach <= size - 1 + p:
        count += 1
        start += s
    return count


def conv_cost(x_shape, w_shape, *, stride=1, padding=0, dilation=1, groups=1):
    s, p, d = size_pair("stride", stride, 1), size_pair("padding", padding, 0), size_pair("dilation", dilation, 1)
    N, C, *image = map(int, x_shape)
    F, taps, *kernel = map(int, w_shape)
    if groups < 1 or taps * groups != C or F % groups:
        raise ValueError("the channels do not fit together")
    rows, columns = (windows(image[k], kernel[k], s[k], p[k], d[k]) for k in (0, 1))
    if not rows * columns:
        raise ValueError("not a single window fits")
    for k in kernel:
        taps *= k
    outputs = N * F * rows * columns
    return outputs * taps, F * taps + F, outputs
