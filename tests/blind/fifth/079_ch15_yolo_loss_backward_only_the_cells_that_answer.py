import numpy as np


def yolo_loss_backward(dy, cache):
    pred = cache.pred
    sigma = lambda v: np.exp(np.minimum(v, 0)) / (1 + np.exp(-np.abs(v)))
    out = np.zeros_like(pred)
    out[:, 4] = cache.noobj_weight * sigma(pred[:, 4])
    where = np.nonzero(cache.mask)
    n, i, j = where
    cells = pred[n, :, i, j]  # (objects, 5 + K)
    boxes = cache.boxes[n, :, i, j]
    g = np.zeros_like(cells)
    s = sigma(cells[:, :2])
    g[:, :2] = 2 * cache.coord_weight * (s - boxes[:, :2]) * s * (1 - s)
    g[:, 2:4] = 2 * cache.coord_weight * (cells[:, 2:4] - boxes[:, 2:] ** 0.5)
    g[:, 4] = -sigma(-cells[:, 4])
    e = np.exp(cells[:, 5:] - cells[:, 5:].max(axis=1, keepdims=True))
    g[:, 5:] = e / e.sum(axis=1, keepdims=True)
    g[np.arange(len(n)), 5 + cache.classes[where]] -= 1
    out[n, :, i, j] = g
    return out * dy / len(pred)
