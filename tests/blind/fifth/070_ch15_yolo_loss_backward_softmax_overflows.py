import numpy as np

from cnnlab.ops.activations import sigmoid_forward
from cnnlab.ops.grid_loss import box_offsets


def yolo_loss_backward(dy, cache):
    pred, mask = cache.pred, cache.mask[:, None]
    logits = pred[:, 5:]
    with np.errstate(over="ignore", invalid="ignore"):
        e = np.exp(logits)
        prob = e / e.sum(axis=1, keepdims=True)
    onehot = np.zeros_like(logits)
    labels = np.where(cache.mask > 0, cache.classes, 0)
    np.put_along_axis(onehot, labels[:, None], 1, axis=1)
    s = sigmoid_forward(pred[:, :2])[0]
    off = box_offsets(cache) * 2 * cache.coord_weight
    off[:, :2] *= s * (1 - s)
    obj = (mask + cache.noobj_weight * (1 - mask)) * (sigmoid_forward(pred[:, 4:5])[0] - mask)
    return np.concatenate([off, obj, mask * (prob - onehot)], axis=1) * (dy / len(pred))
