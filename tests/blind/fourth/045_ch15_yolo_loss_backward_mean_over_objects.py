import numpy as np


def squash(a):
    return 0.5 * (1 + np.tanh(a / 2))


def softmax(a):
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def yolo_loss_backward(dy, cache):
    pred, boxes, classes, mask, coord, noobj = cache
    n, channels = pred.shape[:2]
    there = mask[:, None] > 0
    good = np.where(there, boxes, 0)
    centre = squash(pred[:, :2])
    out = np.zeros_like(pred)
    out[:, :2] = 2 * coord * (centre - good[:, :2]) * centre * (1 - centre)
    out[:, 2:4] = 2 * coord * (pred[:, 2:4] - np.sqrt(good[:, 2:]))
    out[:, 5:] = softmax(pred[:, 5:]) - (np.arange(channels - 5)[:, None, None] == classes[:, None])
    out *= there
    out[:, 4] = (mask + noobj * (1 - mask)) * (squash(pred[:, 4]) - mask)
    return dy * out / max(mask.sum(), 1)
