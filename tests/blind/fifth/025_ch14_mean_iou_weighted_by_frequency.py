import numpy as np


def mean_iou(pred, target, classes):
    confusion = np.zeros((classes, classes), dtype=np.int64)
    for t, p in zip(target.ravel(), pred.ravel()):
        confusion[t, p] += 1
    tp = confusion.diagonal()
    wanted = confusion.sum(axis=1)
    union = wanted + confusion.sum(axis=0) - tp
    keep = union > 0
    if not keep.any():
        raise ValueError
    iou = tp[keep] / union[keep]
    return float((wanted[keep] / wanted.sum() * iou).sum())
