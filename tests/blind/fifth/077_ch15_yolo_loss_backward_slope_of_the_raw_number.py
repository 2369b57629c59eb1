import numpy as np

from cnnlab.ops.activations import sigmoid_forward
from cnnlab.ops.grid_loss import box_offsets, log_sum_exp


def d_sigmoid(x):
    return x * (1 - x)


def yolo_loss_backward(dy, cache):
    N = cache.pred.shape[0]
    up = dy / N
    centre, size, logit, classes = np.split(cache.pred, [2, 4, 5], axis=1)
    off = box_offsets(cache)
    m = cache.mask[:, None]
    dcentre = 2 * up * cache.coord_weight * off[:, :2] * d_sigmoid(centre)
    dsize = 2 * up * cache.coord_weight * off[:, 2:]
    dlogit = up * (sigmoid_forward(logit)[0] - m) * np.where(m == 1, 1, cache.noobj_weight)
    dclasses = up * np.exp(classes - log_sum_exp(classes)) * m
    n, i, j = np.where(cache.mask == 1)
    np.subtract.at(dclasses, (n, cache.classes[n, i, j], i, j), up)
    return np.concatenate((dcentre, dsize, dlogit, dclasses), axis=1)
