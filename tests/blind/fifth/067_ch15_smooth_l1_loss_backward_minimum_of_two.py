import numpy as np


def smooth_l1_loss_backward(dy, cache):
    d = cache.pred - cache.target
    size = np.ones_like(d) if cache.beta == 0 else np.minimum(np.abs(d) / cache.beta, 1)
    weight = d.size if cache.reduction == "mean" else 1
    return np.copysign(size, d) * (d != 0) * dy / weight
