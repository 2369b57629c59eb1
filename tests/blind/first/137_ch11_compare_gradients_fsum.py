import math

import numpy as np


def compare_gradients(ours, theirs):
    def length(values):
        return math.sqrt(math.fsum(value * value for value in values))

    def error(name):
        a, b = ours.get(name), theirs[name]
        if a is None or b is None or np.shape(a) != np.shape(b):
            return 1.0
        a = np.asarray(a, dtype=np.float64).ravel().tolist()
        b = np.asarray(b, dtype=np.float64).ravel().tolist()
        both = length(a) + length(b)
        return length(p - q for p, q in zip(a, b)) / both if both else 0.0

    return [error(name) for name in theirs]
