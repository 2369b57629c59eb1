import numpy as np


def mse_loss_backward(dy, cache):
    d = cache.pred - cache.target
    if cache.reduction == "mean":
        d = d / max(d.size, 1)
    return np.asarray(d * dy, dtype=cache.pred.dtype)
