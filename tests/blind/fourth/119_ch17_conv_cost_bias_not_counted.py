def both(v):
    return (int(v),) * 2 if not isinstance(v, (tuple, list)) else (int(v[0]), int(v[-1]))


def conv_cost(x_shape, w_shape, *, stride=1, padding=0, dilation=1, groups=1):
    n, c, *image = x_shape
    f, per, *kernel = w_shape
    if len(x_shape) != 4 or len(w_shape) != 4 or per * groups != c or f % groups:
        raise ValueError("the sizes do not fit together")
    output = []
    for size, k, s, p, d in zip(image, kernel, both(stride), both(padding), both(dilation)):
        room = size + 2 * p - (d * (k - 1) + 1)
        if room < 0:
            raise ValueError("the kernel is larger than the image")
        output.append(room // s + 1)
    outputs = n * f * output[0] * output[1]
    weights = per * kernel[0] * kernel[1]
    return outputs * weights, f * weights, outputs
