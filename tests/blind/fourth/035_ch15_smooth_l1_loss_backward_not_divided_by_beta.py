import numpy as np


def smooth_l1_loss_backward(dy, cache):
    pred, target, beta, reduction = cache
    diff = pred - target
    slope = np.where(np.abs(diff) < beta, diff, np.sign(diff))
    if reduction == "mean":
        slope = slope / diff.size
    return (dy * slope).astype(pred.dtype)
