import numpy as np


def compare_gradients(ours, theirs):
    names = [n for n in ours if n in theirs] + [n for n in theirs if n not in ours]

    def error(a, b):
        if a is None or b is None or a.shape != b.shape:
            return 1.0
        a, b = a.astype(np.float64).ravel(), b.astype(np.float64).ravel()
        size = np.linalg.norm(a) + np.linalg.norm(b)
        return float(np.linalg.norm(a - b) / size) if size else 0.0

    return [error(ours.get(name), theirs[name]) for name in names]
