import numpy as np


def mse_loss_backward(dy, cache):
    pred, target, reduction = cache
    dpred = 2 * (pred - target) * dy
    if reduction != "sum":
        dpred = dpred / pred.size
    return dpred.astype(pred.dtype)
