import numpy as np


def compare_gradients(ours, theirs):
    errors = []
    for name, b in theirs.items():
        a = ours.get(name)
        if a is None or b is None or np.shape(a) != np.shape(b):
            errors.append(1.0)
            continue
        a, b = np.asarray(a), np.asarray(b)
        size = np.sqrt(np.sum(a * a)) + np.sqrt(np.sum(b * b))
        errors.append(float(np.sqrt(np.sum((a - b) ** 2)) / size) if size > 0 else 0.0)
    return errors
