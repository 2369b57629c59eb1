def conv_cost(x_shape, w_shape, *, stride=1, padding=0, dilation=1, groups=1):
    N, C, H, W = x_shape
    F, CG, KH, KW = w_shape
    both = lambda v: v if isinstance(v, (tuple, list)) else (v, v)
    sw, sh = both(stride)
    pw, ph = both(padding)
    dw, dh = both(dilation)
    if groups < 1 or C % groups or F % groups or C // groups != CG:
        raise ValueError("groups do not fit")
    oh = (H + 2 * ph - dh * (KH - 1) - 1) // sh + 1
    ow = (W + 2 * pw - dw * (KW - 1) - 1) // sw + 1
    if oh < 1 or ow < 1:
        raise ValueError("the kernel does not fit")
    out = N * F * oh * ow
    return out * CG * KH * KW, F * (CG * KH * KW + 1), out
