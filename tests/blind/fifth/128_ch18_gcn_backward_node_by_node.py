import numpy as np


def gcn_backward(dy, cache):
    x, a, w = cache
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i, up in enumerate(dy):
        message = up @ w
        for j in np.flatnonzero(a[i]):
            dx[j] += a[i, j] * message
            dw += a[i, j] * np.outer(up, x[j])
    return dx, dw, sum(dy, np.zeros(len(w), dy.dtype))
