import numpy as np


def directional_check(f, dx, x, dy, v, *, h=1e-5):
    up, down = f(x + v), f(x - v)
    measured = np.sum(dy * (up - down)) / (2 * h)
    promised = np.sum(dx * v)
    return measured, promised
