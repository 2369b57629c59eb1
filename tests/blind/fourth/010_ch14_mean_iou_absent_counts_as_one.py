import numpy as np


def mean_iou(pred, target, classes):
    if pred.size == 0 or classes == 0:
        raise ValueError("nothing to count")
    scores = np.ones(classes)
    for c in range(classes):
        union = np.logical_or(pred == c, target == c).sum()
        if union > 0:
            scores[c] = np.logical_and(pred == c, target == c).sum() / union
    return float(scores.mean())
