import numpy as np


def relative_error(a, b):
    length = lambda m: np.linalg.norm(m, 2)
    if not (np.any(a) or np.any(b)):
        return 0.0
    return float(length(a - b) / (length(a) + length(b)))
