import numpy as np


def l1_penalty_backward(dy, cache):
    w = cache.w
    grad = np.zeros_like(w)
    grad[w > 0] = cache.strength
    grad[w < 0] = -cache.strength
    return grad
