import numpy as np

from cnnlab.ops.activations import sigmoid_forward
from cnnlab.ops.grid_loss import box_offsets


def yolo_loss_backward(dy, cache):
    pred, m = cache.pred, cache.mask[:, None]
    K = pred.shape[1] - 5
    onehot = np.eye(K, dtype=pred.dtype)[cache.classes].transpose(0, 3, 1, 2)
    ex = np.exp(pred[:, 5:] - pred[:, 5:].max(axis=1)[:, None])
    soft = ex / ex.sum(axis=1)[:, None]
    s, _ = sigmoid_forward(pred[:, :5])
    off = box_offsets(cache)
    parts = (
        2 * cache.coord_weight * off[:, :2] * (s[:, :2] - s[:, :2] ** 2),
        2 * cache.coord_weight * off[:, 2:],
        (m + cache.noobj_weight - cache.noobj_weight * m) * (s[:, 4:] - m),
        m * (soft - onehot),
    )
    return dy / pred.shape[0] * np.concatenate(parts, 1)
