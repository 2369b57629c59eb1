import numpy as np


def interpolate_backward(dy, cache):
    rows, columns = cache.rows, cache.columns
    n, ch, _, _ = dy.shape
    dx = np.zeros((n, ch, rows.shape[1], columns.shape[1]), dtype=np.float32)
    for b in range(n):
        for c in range(ch):
            dx[b, c] = rows.T @ dy[b, c] @ columns
    return dx
