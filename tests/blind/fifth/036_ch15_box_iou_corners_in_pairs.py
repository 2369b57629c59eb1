import numpy as np


def area(boxes):
    return (boxes[:, 1] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 2])


def overlap(a, b, k):
    return np.maximum(0, np.minimum(a[:, None, k + 2], b[None, :, k + 2]) - np.maximum(a[:, None, k], b[None, :, k]))


def box_iou(a, b):
    i = overlap(a, b, 0) * overlap(a, b, 1)
    u = area(a)[:, None] + area(b)[None, :] - i
    safe = np.where(u == 0, 1, u)
    return np.where(u == 0, 0, i / safe)
