import numpy as np


def gelu_backward(dy, cache):
    x, t = np.clip(cache.x, -10, 10), cache.t
    inner = np.sqrt(2 / np.pi) * (1 + 0.044715 * x**2)
    slope = 0.5 * (1 + t) + 0.5 * x * (1 - t**2) * inner
    return (dy * slope).astype(cache.x.dtype)
