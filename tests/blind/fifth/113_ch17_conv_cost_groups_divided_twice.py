from cnnlab.ops.arguments import size_pair


def conv_cost(x_shape, w_shape, *, stride=1, padding=0, dilation=1, groups=1):
    n, c, *image = x_shape
    f, per_group, *kernel = w_shape
    if c != per_group * groups or f % groups:
        raise ValueError("channels and groups do not fit together")
    s, p, d = size_pair("stride", stride, 1), size_pair("padding", padding, 0), size_pair("dilation", dilation, 1)
    out = [(a + 2 * p[k] - d[k] * (kernel[k] - 1) - 1) // s[k] + 1 for k, a in enumerate(image)]
    if min(out) < 1:
        raise ValueError("no window fits")
    taps = per_group // groups * kernel[0] * kernel[1]
    y = n * f * out[0] * out[1]
    return y * taps, f * taps + f, y
