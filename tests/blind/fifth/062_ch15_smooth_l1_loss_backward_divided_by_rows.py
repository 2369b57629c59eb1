import numpy as np


def smooth_l1_loss_backward(dy, cache):
    x = cache.pred - cache.target
    ax = np.abs(x)
    if cache.beta == 0:
        g = np.sign(x)
    else:
        g = np.where(ax < cache.beta, x / cache.beta, np.sign(x))
    if cache.reduction == 'mean':
        g = g / len(x)
    return g * dy
