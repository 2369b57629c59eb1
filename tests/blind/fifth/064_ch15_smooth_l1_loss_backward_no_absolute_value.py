import numpy as np


def smooth_l1_loss_backward(dy, cache):
    d = cache.pred - cache.target
    beta = cache.beta
    if beta == 0:
        g = np.sign(d)
    else:
        g = np.where(d < beta, d / beta, np.sign(d))
    return dy * (g / d.size if cache.reduction == "mean" else g)
