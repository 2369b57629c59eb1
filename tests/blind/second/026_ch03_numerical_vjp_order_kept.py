import numpy as np


def numerical_vjp(f, x, dy, *, h=1e-5):
    moved = np.array(x, dtype=np.float64)
    numbers = moved.reshape(-1)
    dx = np.zeros(numbers.size)
    for k in range(numbers.size):
        rest = numbers[k]
        numbers[k] = rest + h
        up = np.array(f(moved), dtype=np.float64)
        numbers[k] = rest - h
        down = np.array(f(moved), dtype=np.float64)
        numbers[k] = rest
        dx[k] = (dy * (up - down)).sum() / (2 * h)
    return dx.reshape(moved.shape)
