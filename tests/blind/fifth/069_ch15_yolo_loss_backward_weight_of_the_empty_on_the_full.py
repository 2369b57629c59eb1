import numpy as np


def sig(t):
    return 0.5 * (1 + np.tanh(0.5 * t))


def yolo_loss_backward(dy, cache):
    p, t, cls, m = cache.pred, cache.boxes, cache.classes, cache.mask
    N, ch, S, _ = p.shape
    d = np.zeros_like(p)
    M = m[:, None] > 0
    t = np.where(M, t, 0)
    s = sig(p[:, :2])
    d[:, :2] = np.where(M, 2 * cache.coord_weight * (s - t[:, :2]) * s * (1 - s), 0)
    d[:, 2:4] = np.where(M, 2 * cache.coord_weight * (p[:, 2:4] - np.sqrt(t[:, 2:])), 0)
    weight = cache.noobj_weight * m + (1 - m)
    d[:, 4] = weight * (sig(p[:, 4]) - m)
    e = np.exp(p[:, 5:] - p[:, 5:].max(1, keepdims=True))
    q = e / e.sum(1, keepdims=True)
    q -= np.arange(ch - 5)[None, :, None, None] == cls[:, None]
    d[:, 5:] = q * m[:, None]
    return d * dy / N
