import math

import numpy as np

SCALE = math.sqrt(2 / math.pi)


def gelu_backward(dy, cache):
    x, t = cache
    near = np.clip(x, -10, 10)
    dt = (1 - t * t) * SCALE * (1 + 0.044715 * near**2)
    return dy * ((1 + t) / 2 + near * dt / 2)
