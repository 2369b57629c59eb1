import numpy as np


def mean_iou(pred, target, classes):
    inter = np.zeros(classes)
    union = np.zeros(classes)
    for k in range(classes):
        a, b = pred == k, target == k
        inter[k] = np.count_nonzero(a & b)
        union[k] = np.count_nonzero(a | b)
    there = union > 0
    if there.sum() == 0:
        raise ValueError("mean over no class")
    return inter.sum() / union.sum()
