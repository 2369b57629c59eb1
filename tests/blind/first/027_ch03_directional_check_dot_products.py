import numpy as np


def directional_check(f, dx, x, dy, v, *, h=1e-5):
    x, v, dx, dy = (np.asarray(a, dtype=np.float64) for a in (x, v, dx, dy))
    ends = [np.asarray(f(x + sign * h * v), dtype=np.float64) for sign in (1, -1)]
    change = np.dot(dy.ravel(), ends[0].ravel()) - np.dot(dy.ravel(), ends[1].ravel())
    return change / (2 * h), np.dot(dx.ravel(), v.ravel())
