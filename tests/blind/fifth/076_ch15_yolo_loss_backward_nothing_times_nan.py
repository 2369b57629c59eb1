import numpy as np


def yolo_loss_backward(dy, cache):
    px, boxes, m = cache.pred, cache.boxes, cache.mask[:, None]
    s = 1 / (1 + np.exp(-np.clip(px, -80, 80)))
    g = np.zeros(px.shape, px.dtype)
    with np.errstate(invalid="ignore"):
        g[:, 0:2] = m * 2 * cache.coord_weight * (s[:, 0:2] - boxes[:, 0:2]) * s[:, 0:2] * (1 - s[:, 0:2])
        g[:, 2:4] = m * 2 * cache.coord_weight * (px[:, 2:4] - np.sqrt(boxes[:, 2:4]))
    g[:, 4:5] = (m + cache.noobj_weight * (1 - m)) * (s[:, 4:5] - m)
    e = np.exp(px[:, 5:] - px[:, 5:].max(axis=1, keepdims=True))
    g[:, 5:] = m * (e / e.sum(axis=1, keepdims=True) - (cache.classes[:, None] == np.arange(px.shape[1] - 5)[:, None, None]))
    return g * dy / len(px)
