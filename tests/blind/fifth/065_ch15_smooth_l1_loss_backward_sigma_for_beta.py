import numpy as np


def smooth_l1_loss_backward(dy, cache):
    sigma2 = cache.beta ** 2
    diff = cache.pred - cache.target
    if np.isinf(sigma2) or sigma2 == 0:
        g = np.sign(diff)
    else:
        inside = (np.abs(diff) < 1.0 / sigma2).astype(diff.dtype)
        g = inside * sigma2 * diff + (1 - inside) * np.sign(diff)
    if cache.reduction == "mean":
        g /= g.size
    return g * dy
