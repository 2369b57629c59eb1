import numpy as np


def one(pred, target, classes):
    scores = []
    for c in range(classes):
        union = ((pred == c) | (target == c)).sum()
        if union:
            scores.append(((pred == c) & (target == c)).sum() / union)
    if not scores:
        raise ValueError("no class")
    return float(np.mean(scores))


def mean_iou(pred, target, classes):
    if pred.ndim < 2:
        return one(pred, target, classes)
    return float(np.mean([one(p, t, classes) for p, t in zip(pred, target)]))
