import warnings

import numpy as np


def mean_iou(pred, target, classes):
    k = np.arange(classes).reshape(-1, *[1] * pred.ndim)
    p, t = pred[None] == k, target[None] == k
    axes = tuple(range(1, p.ndim))
    I, U = (p & t).sum(axes), (p | t).sum(axes)
    if not U.any():
        return float("nan")
    with np.errstate(invalid="ignore", divide="ignore"):
        return float(np.nanmean(I / U))
