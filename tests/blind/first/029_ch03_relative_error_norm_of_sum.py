import numpy as np


def relative_error(a, b):
    difference = np.sqrt(np.sum((a - b) ** 2))
    size = np.sqrt(np.sum((a + b) ** 2))
    if size == 0 and difference == 0:
        return 0.0
    return difference / size
