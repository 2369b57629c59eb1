import numpy as np


def numerical_vjp(f, x, dy, *, h=1e-5):
    moved = np.array(x, dtype=np.float64)
    flat = moved.ravel()
    dx = np.zeros(flat.size)
    for k in range(flat.size):
        old = flat[k]
        flat[k] = old + h
        up = np.sum(dy * f(moved.copy()))
        flat[k] = old - h
        down = np.sum(dy * f(moved.copy()))
        flat[k] = old
        dx[k] = (up - down) / (2 * h)
    return dx.reshape(x.shape)
