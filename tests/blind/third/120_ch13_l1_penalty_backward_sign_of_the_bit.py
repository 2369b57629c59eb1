import numpy as np


def l1_penalty_backward(dy, cache):
    return np.copysign(np.full_like(cache.w, cache.strength), cache.w) * dy
