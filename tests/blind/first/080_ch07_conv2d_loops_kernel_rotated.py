import numpy as np

from cnnlab.ops.arguments import size_pair


def conv2d_loops(x, w, b=None, *, stride=1, padding=0):
    (s0, s1), (p0, p1) = size_pair("stride", stride, 1), size_pair("padding", padding, 0)
    xp = np.pad(x, [(0, 0), (0, 0), (p0, p0), (p1, p1)])
    kh, kw = w.shape[2:]
    oh, ow = (xp.shape[2] - kh) // s0 + 1, (xp.shape[3] - kw) // s1 + 1
    y = np.zeros((len(x), len(w), oh, ow), dtype=np.result_type(x, w))
    if b is not None:
        y += b[None, :, None, None]
    for n, f, i, j in np.ndindex(*y.shape):
        window = xp[n, :, s0 * i : s0 * i + kh, s1 * j : s1 * j + kw]
        y[n, f, i, j] += np.sum(window * w[f, :, ::-1, ::-1])
    return y
