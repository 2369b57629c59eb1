import numpy as np

from cnnlab.ops.activations import sigmoid_forward
from cnnlab.ops.grid_loss import box_offsets, log_sum_exp


def yolo_loss_backward(dy, cache):
    pred, _, classes, mask, coord, noobj = cache
    s = sigmoid_forward(pred)[0]
    slope = s * (1 - s)
    dbox = 2 * coord * box_offsets(cache) * slope[:, :4]
    dobj = (s[:, 4] - mask) * (mask + noobj * (1 - mask))
    q = np.exp(pred[:, 5:] - log_sum_exp(pred[:, 5:]))
    one_hot = (np.arange(q.shape[1]).reshape(1, -1, 1, 1) == classes[:, None]).astype(pred.dtype)
    dcls = (q - one_hot) * mask[:, None]
    return np.concatenate([dbox, dobj[:, None], dcls], axis=1) * dy / pred.shape[0]
