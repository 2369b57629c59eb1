import numpy as np


def interpolate_backward(dy, cache):
    rows, cols = cache
    N, C, oh, ow = dy.shape
    dx = np.zeros((N, C, rows.shape[1], cols.shape[1]), dy.dtype)
    for i in range(oh):
        for j in range(ow):
            a = rows[i].argmax()
            e = cols[j].argmax()
            dx[:, :, a, e] += dy[:, :, i, j]
    return dx
