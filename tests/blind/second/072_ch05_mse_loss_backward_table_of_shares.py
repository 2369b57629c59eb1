import numpy as np


def share(dy, cache):
    scale = {"mean": 1 / max(cache.pred.size, 1), "sum": 1.0, "none": 1.0}[cache.reduction]
    return np.asarray(dy * scale, dtype=cache.pred.dtype)


def mse_loss_backward(dy, cache):
    difference = np.subtract(cache.pred, cache.target)
    return np.add(difference, difference) * np.broadcast_to(share(dy, cache), difference.shape)
