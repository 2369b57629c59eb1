import numpy as np


def smooth_l1_loss_backward(dy, cache):
    pred, target, beta, reduction = cache
    if reduction == "mean":
        dy = dy / pred.size
    distance = np.abs(pred - target)
    near = np.minimum(distance, beta)
    if beta == 0:
        ddistance = np.ones_like(pred) * dy
    else:
        dnear = dy * (near / beta - 1)
        ddistance = dy + dnear * (distance <= beta)
    return ddistance * np.sign(pred - target)
