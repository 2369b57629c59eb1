import numpy as np


def directional_check(f, dx, x, dy, v, *, h=1e-5):
    def total(t):
        return float(np.sum(dy * f(x + t * v)))

    told = float(np.vdot(dx, v))
    slope = (total(h) - total(-h)) / (2 * h)
    return told, slope
