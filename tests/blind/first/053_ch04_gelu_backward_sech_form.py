import numpy as np


def gelu_backward(dy, cache):
    x = np.clip(np.asarray(cache.x, np.float64), -10.0, 10.0)
    root = np.sqrt(2 / np.pi)
    u = root * (x + 0.044715 * x**3)
    du = root * (1 + 0.134145 * x**2)
    slope = 0.5 * (1 + np.tanh(u)) + 0.5 * x * du / np.cosh(np.clip(u, -300, 300)) ** 2
    return np.asarray(dy * slope, dtype=cache.x.dtype)
