import numpy as np


def mean_iou(pred, target, classes):
    P = np.eye(classes)[pred.reshape(-1).astype(int)]
    T = np.eye(classes)[target.reshape(-1).astype(int)]
    both = (P * T).sum(0)
    either = np.maximum(P, T).sum(0)
    if either.sum() == 0:
        raise ValueError("mean of nothing")
    return float(np.mean([b / e for b, e in zip(both, either) if e]))
