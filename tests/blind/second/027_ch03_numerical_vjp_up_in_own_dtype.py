import numpy as np


def numerical_vjp(f, x, dy, *, h=1e-5):
    dx = np.zeros(np.shape(x), dtype=np.float64)
    for index in np.ndindex(dx.shape):
        up = np.array(x)
        down = np.array(x, dtype=np.float64)
        up[index] += h
        down[index] -= h
        dx[index] = np.sum(dy * (f(up) - f(down))) / (2 * h)
    return dx
