import numpy as np


def smooth_l1_loss_backward(dy, cache):
    diff = cache.pred - cache.target
    inner = np.abs(diff) < 1
    slope = np.where(inner, diff / (cache.beta if cache.beta else 1), np.sign(diff))
    slope = slope / diff.size if cache.reduction == "mean" else slope
    return (dy * slope).astype(cache.pred.dtype)
