import numpy as np


def mean_iou(pred, target, classes):
    out = []
    for k in range(1, classes):
        u = ((pred == k) | (target == k)).sum()
        if u:
            out.append(((pred == k) & (target == k)).sum() / u)
    if not out:
        raise ValueError("No class")
    return float(np.mean(out))
