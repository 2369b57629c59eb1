from cnnlab.ops.arguments import size_pair


def conv_cost(x_shape, w_shape, *, stride=1, padding=0, dilation=1, groups=1):
    n, c, h, w = x_shape
    f, cg, kh, kw = w_shape
    (sh, sw), (ph, pw), (dh, dw) = (
        size_pair("stride", stride, 1),
        size_pair("padding", padding, 0),
        size_pair("dilation", dilation, 1),
    )
    oh, ow = (h + 2 * ph - dh * (kh - 1) - 1) // sh + 1, (w + 2 * pw - dw * (kw - 1) - 1) // sw + 1
    if cg * groups != c or f % groups or oh <= 0 or ow <= 0:
        raise ValueError("sizes do not fit")
    cells = n * oh * ow
    return cells * cg * kh * kw, f * cg * kh * kw + f, cells
