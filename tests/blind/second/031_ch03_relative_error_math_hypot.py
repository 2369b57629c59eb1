import math

import numpy as np


def length(z):
    return math.hypot(*np.asarray(z, dtype=np.float64).ravel().tolist())


def relative_error(a, b):
    both = length(a) + length(b)
    return length(np.subtract(a, b, dtype=np.float64)) / both if both > 0 else 0.0
