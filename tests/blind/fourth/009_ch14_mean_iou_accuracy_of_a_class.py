import numpy as np


def mean_iou(pred, target, classes):
    found = []
    for c in range(classes):
        mine, right = pred == c, target == c
        union = mine.sum() + right.sum() - (mine & right).sum()
        if union:
            found.append((mine & right).sum() / max(right.sum(), 1))
    if not found:
        raise ValueError("no class")
    return float(np.mean(found))
