import numpy as np

from cnnlab.ops.arguments import size_pair


def conv2d_loops(x, w, b=None, *, stride=1, padding=0):
    sh, sw = size_pair("stride", stride, 1)
    ph, pw = size_pair("padding", padding, 0)
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    y = np.zeros((N, F, (H + 2 * ph - KH) // sh + 1, (W + 2 * pw - KW) // sw + 1), np.result_type(x, w))
    for n, f, i, j in np.ndindex(y.shape):
        for c in range(C):
            total = 0.0
            for u in range(KH):
                for v in range(KW):
                    row, column = sh * i + u - ph, sw * j + v - pw
                    if 0 <= row < H and 0 <= column < W:
                        total += w[f, c, u, v] * x[n, c, row, column]
        if b is not None:
            total += b[f]
        y[n, f, i, j] = total
    return y
