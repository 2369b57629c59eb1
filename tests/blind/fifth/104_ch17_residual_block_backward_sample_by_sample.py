import numpy as np


def residual_block_backward(dy, cache):
    x, z, w1, w2 = cache
    dx, dw1, dw2 = np.zeros_like(x), np.zeros_like(w1), np.zeros_like(w2)
    db1, db2 = np.zeros(len(w1), w1.dtype), np.zeros(len(w2), w2.dtype)
    for n in range(len(x)):
        on = z[n] > 0
        delta = on * (w2.T @ dy[n])
        dx[n] = dy[n] + w1.T @ delta
        dw1 += np.outer(delta, x[n])
        dw2 += np.outer(dy[n], on * z[n])
        db1 += delta
        db2 += dy[n]
    return dx, dw1, db1, dw2, db2
