import numpy as np

from cnnlab.ops.grid_loss import box_offsets


def yolo_loss_backward(dy, cache):
    p = cache.pred
    m = cache.mask[:, None]
    sigma = lambda v: (1 + np.tanh(v / 2)) / 2
    d = np.empty_like(p)
    d[:, :4] = 2 * cache.coord_weight * box_offsets(cache)
    d[:, :2] *= sigma(p[:, :2]) * sigma(-p[:, :2])
    d[:, 4:5] = np.where(m == 1, -sigma(-p[:, 4:5]), cache.noobj_weight * sigma(p[:, 4:5]))
    z = p[:, 5:] - p[:, 5:].max(1, keepdims=True)
    d[:, 5:] = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    n, i, j = np.nonzero(cache.mask)
    d[n, 5 + cache.classes[n, i, j], i, j] -= 1
    d[:, 5:] *= m
    return d / len(p)
