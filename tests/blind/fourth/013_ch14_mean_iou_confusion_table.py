import numpy as np


def mean_iou(pred, target, classes):
    table = np.bincount(classes * np.ravel(target).astype(int) + np.ravel(pred), minlength=classes**2).reshape(classes, classes)
    hit = table.diagonal()
    union = table.sum(axis=0) + table.sum(axis=1) - hit
    if not union.any():
        raise ValueError("there is no class to take the mean over")
    return float((hit[union > 0] / union[union > 0]).mean())
