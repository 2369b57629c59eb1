import math

import numpy as np


def gelu_backward(dy, cache):
    x, t = np.clip(cache.x, -10, 10), cache.t
    k, c = math.sqrt(2 / math.pi), 0.044715
    return dy * ((1 + t) / 2)
