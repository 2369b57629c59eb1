import numpy as np


def compare_gradients(ours, theirs):
    errors = []
    for name, b in theirs.items():
        a = ours.get(name)
        if a is None or b is None or np.size(a) != np.size(b):
            errors.append(1.0)
            continue
        a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
        size = np.linalg.norm(a) + np.linalg.norm(b)
        errors.append(float(np.linalg.norm(a.ravel() - b.ravel()) / size) if size > 0 else 0.0)
    return errors
