import numpy as np

from cnnlab.ops.activations import sigmoid_forward
from cnnlab.ops.grid_loss import box_offsets


def yolo_loss_backward(dy, cache):
    pred, mask = cache.pred, cache.mask
    grads = []
    offsets = box_offsets(cache)
    for k in range(4):
        g = 2 * cache.coord_weight * offsets[:, k]
        if k < 2:
            s = sigmoid_forward(pred[:, k])[0]
            g = g * s * (1 - s)
        grads.append(g)
    p = sigmoid_forward(pred[:, 4])[0]
    grads.append(mask * (p - 1) + (1 - mask) * cache.noobj_weight * p)
    z = pred[:, 5:]
    z = z - z.max(axis=1, keepdims=True)
    total = np.exp(z).sum(axis=1)
    for k in range(z.shape[1]):
        grads.append(mask * (np.exp(z[:, k]) / total - np.where(cache.classes == k, 1, 0)))
    return (np.stack(grads, axis=1) * dy / len(pred)).astype(pred.dtype)
