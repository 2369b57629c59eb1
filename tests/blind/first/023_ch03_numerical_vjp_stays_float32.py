import numpy as np


def numerical_vjp(f, x, dy, *, h=1e-5):
    dx = np.zeros(x.shape, dtype=np.float64)
    for i in np.ndindex(*x.shape):
        up, down = x.copy(), x.copy()
        up[i] = up[i] + h
        down[i] = down[i] - h
        dx[i] = np.vdot(dy, np.asarray(f(up)) - np.asarray(f(down))) / (2 * h)
    return dx
