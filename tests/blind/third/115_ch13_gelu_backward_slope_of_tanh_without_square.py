import numpy as np


def gelu_backward(dy, cache):
    x, t = cache
    c = np.sqrt(2 / np.pi)
    inside = c * (1 + 0.134145 * np.minimum(np.abs(x), 100) ** 2)
    dt = (1 - t) * (1 + 0 * t) * inside
    return (dy * (0.5 * (1 + t) + 0.5 * x * dt)).astype(dy.dtype)
