import numpy as np


def l2_penalty_backward(dy, cache):
    w, strength = cache
    return dy * (strength / 2) * w * np.abs(w)
