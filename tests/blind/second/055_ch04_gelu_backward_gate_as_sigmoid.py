import numpy as np


def gelu_backward(dy, cache):
    s, c = float(np.sqrt(2 / np.pi)), 0.044715
    z = np.maximum(np.minimum(cache.x, 10), -10)
    u = s * z * (1 + c * z * z)
    gate = 0.5 * (1 + np.tanh(u))
    rise = s * (1 + 3 * c * z * z) * 2 * gate * (1 - gate)
    return dy * (gate + z * rise)
