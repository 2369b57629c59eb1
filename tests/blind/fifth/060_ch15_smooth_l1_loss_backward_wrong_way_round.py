import numpy as np


def smooth_l1_loss_backward(dy, cache):
    pred, target, beta, reduction = cache
    diff = target - pred
    near = abs(diff) < beta
    slope = np.empty_like(diff)
    slope[near] = diff[near] / beta
    slope[~near] = np.sign(diff[~near])
    return slope * dy / (diff.size if reduction == "mean" else 1)
