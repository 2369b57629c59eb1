import numpy as np


def cross_entropy_backward(dy, cache):
    log_p, target, reduction = cache
    weight = np.broadcast_to(np.asarray(dy, np.float64), target.shape)
    if reduction == "mean":
        weight = weight / max(1, target.size)
    dlogits = np.zeros_like(log_p)
    for place in np.ndindex(target.shape):
        n, rest = place[0], place[1:]
        cell = (n, slice(None), *rest)
        p = np.exp(log_p[cell])
        p[target[place]] -= 1
        dlogits[cell] = weight[place] * p
    return dlogits
