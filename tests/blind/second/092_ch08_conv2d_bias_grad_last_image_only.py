import numpy as np


def conv2d_bias_grad(dy):
    N, F = dy.shape[:2]
    db = np.zeros(F, dtype=dy.dtype)
    for n in range(N):
        for f in range(F):
            db[f] = dy[n, f].sum()
    return db
