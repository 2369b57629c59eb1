import numpy as np


def relative_error(a, b):
    size = np.linalg.norm(a) + np.linalg.norm(b)
    if not np.any(a) or not np.any(b):
        return 0.0
    return float(np.linalg.norm(a - b) / size)
