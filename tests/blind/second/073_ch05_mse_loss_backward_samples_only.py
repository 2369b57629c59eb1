import numpy as np


def mse_loss_backward(dy, cache):
    pred, target, reduction = cache
    dpred = 2 * (pred - target) * dy
    if reduction == "mean":
        dpred = dpred / len(pred)
    return dpred.astype(pred.dtype)
