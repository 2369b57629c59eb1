import numpy as np


def smooth_l1_loss_backward(dy, cache):
    diff = cache.pred - cache.target
    slope = np.sign(diff) if cache.beta == 0 else np.clip(diff / cache.beta, -1, 1)
    each = dy / diff.size if cache.reduction == "mean" and diff.size else dy
    return (slope * each).astype(cache.pred.dtype)
