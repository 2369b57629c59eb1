import numpy as np


def smooth_l1_loss_backward(dy, cache):
    d = cache.pred - cache.target
    out = np.zeros_like(d)
    flat, f = d.ravel(), out.reshape(-1)
    for k in range(d.size):
        if abs(flat[k]) < cache.beta:
            f[k] = flat[k] / cache.beta
        elif flat[k] > 0:
            f[k] = 1
        elif flat[k] < 0:
            f[k] = -1
    if cache.reduction == "mean":
        out /= d.size
    return out
