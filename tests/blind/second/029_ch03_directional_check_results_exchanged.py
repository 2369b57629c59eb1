import numpy as np


def directional_check(f, dx, x, dy, v, *, h=1e-5):
    x = np.asarray(x, dtype=np.float64)
    up, down = f(x + h * v), f(x - h * v)
    measured = np.sum(dy * (up - down)) / (2 * h)
    promised = np.sum(dx * v)
    return float(promised), float(measured)
