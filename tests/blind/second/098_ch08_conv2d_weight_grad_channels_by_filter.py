import numpy as np

from cnnlab.ops.arguments import size_pair


def conv2d_weight_grad(dy, x, w_shape, *, stride=1, padding=0, dilation=1, groups=1):
    sh, sw = size_pair("stride", stride, 1)
    ph, pw = size_pair("padding", padding, 0)
    dh, dw_ = size_pair("dilation", dilation, 1)
    N, F, OH, OW = dy.shape
    H, W = x.shape[2:]
    _, CG, KH, KW = w_shape
    FG = F // groups
    dw = np.zeros(w_shape, x.dtype)
    for n in range(N):
        for f in range(F):
            first = (f % groups) * CG
            for u in range(KH):
                for v in range(KW):
                    for i in range(OH):
                        for j in range(OW):
                            a = sh * i + dh * u - ph
                            e = sw * j + dw_ * v - pw
                            if 0 <= a < H and 0 <= e < W:
                                dw[f, :, u, v] += dy[n, f, i, j] * x[n, first : first + CG, a, e]
    return dw
