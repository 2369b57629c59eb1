import numpy as np


def numerical_vjp(f, x, dy, *, h=0.00001):
    x0 = np.array(x, dtype=np.float64)
    dx = np.zeros(x0.shape)
    for index in np.ndindex(x0.shape):
        x0[index] += h
        above = f(x0.copy())
        x0[index] -= 2 * h
        below = f(x0.copy())
        dx[index] = ((above - below) * dy).sum() / (2 * h)
        x0[index] -= h
    return dx
