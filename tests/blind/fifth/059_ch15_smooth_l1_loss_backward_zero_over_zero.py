import numpy as np


def smooth_l1_loss_backward(dy, cache):
    d = cache.pred - cache.target
    with np.errstate(all="ignore"):
        grad = np.where(np.abs(d) <= cache.beta, d / cache.beta, np.sign(d))
    if cache.reduction == "mean":
        grad = grad / d.size
    return grad * dy
