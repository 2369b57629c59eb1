import numpy as np


def sigmoid(v):
    return np.exp(-np.logaddexp(0, -v))


def yolo_loss_backward(dy, cache):
    pred = cache.pred
    n, k = len(pred), pred.shape[1] - 5
    m = cache.mask
    obj = m.astype(bool)
    out = np.zeros_like(pred)
    b = np.where(obj[:, None], cache.boxes, 0.0)
    for c in (0, 1):
        s = sigmoid(pred[:, c])
        out[:, c] = m * cache.coord_weight * 2 * (s - b[:, c]) * s * (1 - s)
    for c in (2, 3):
        out[:, c] = m * cache.coord_weight * 2 * (pred[:, c] - np.sqrt(b[:, c]))
    out[:, 4] = np.where(obj, 1, cache.noobj_weight) * (sigmoid(pred[:, 4]) - m)
    z = pred[:, 5:]
    for c in range(k):
        prob = sigmoid(z[:, c])
        out[:, 5 + c] = m * (prob - (cache.classes == c))
    return dy * out / n
