import numpy as np


def cross_entropy_backward(dy, cache):
    log_p, target, reduction = cache
    dlogits = np.zeros_like(log_p)
    for place in np.ndindex(target.shape):
        g = dy[place] if reduction == "none" else dy
        if reduction == "mean":
            g = g / target.size
        n, *position = place
        for c in range(log_p.shape[1]):
            k = (n, c, *position)
            dlogits[k] = g * np.exp(log_p[k])
            if c == target[place]:
                dlogits[k] -= 1
    return dlogits
