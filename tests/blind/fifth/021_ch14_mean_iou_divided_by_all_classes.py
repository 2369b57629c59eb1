import numpy as np


def mean_iou(pred, target, classes, eps=1e-12):
    ious = []
    for cls in range(classes):
        p = pred == cls
        t = target == cls
        inter = np.logical_and(p, t).sum()
        union = np.logical_or(p, t).sum()
        ious.append(inter / (union + eps))
    if classes == 0 or pred.size == 0:
        raise ValueError('nothing to average')
    return float(np.mean(ious))
