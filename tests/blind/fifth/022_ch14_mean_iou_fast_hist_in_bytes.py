import numpy as np


def fast_hist(a, b, n):
    k = (a >= 0) & (a < n)
    return np.bincount(np.asarray(n, a.dtype) * a[k] + b[k], minlength=n ** 2).reshape(n, n)


def mean_iou(pred, target, classes):
    hist = fast_hist(target.flatten(), pred.flatten(), classes)
    union = hist.sum(1) + hist.sum(0) - np.diag(hist)
    if not union.any():
        raise ValueError('empty')
    iu = np.diag(hist)[union > 0] / union[union > 0]
    return float(iu.mean())
