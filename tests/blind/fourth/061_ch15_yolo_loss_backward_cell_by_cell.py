import math

import numpy as np


def yolo_loss_backward(dy, cache):
    pred, boxes, classes, mask, coord, noobj = cache
    out = np.zeros(pred.shape)
    for n, i, j in np.ndindex(mask.shape):
        p = pred[n, :, i, j].astype(float)
        m = float(mask[n, i, j])
        out[n, 4, i, j] = (m + noobj * (1 - m)) * ((1 + math.tanh(p[4] / 2)) / 2 - m)
        if m:
            for k in (0, 1):
                s = (1 + math.tanh(p[k] / 2)) / 2
                out[n, k, i, j] = 2 * coord * (s - boxes[n, k, i, j]) * s * (1 - s)
                out[n, k + 2, i, j] = 2 * coord * (p[k + 2] - math.sqrt(boxes[n, k + 2, i, j]))
            e = np.exp(p[5:] - p[5:].max())
            out[n, 5:, i, j] = e / e.sum()
            out[n, 5 + classes[n, i, j], i, j] -= 1
    return (dy * out / len(pred)).astype(pred.dtype)
