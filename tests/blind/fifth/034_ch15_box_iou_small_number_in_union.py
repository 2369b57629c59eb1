import numpy as np


def box_iou(boxes1, boxes2, eps=1e-6):
    a1 = np.prod(boxes1[:, 2:] - boxes1[:, :2], axis=1)
    a2 = np.prod(boxes2[:, 2:] - boxes2[:, :2], axis=1)
    x1 = np.maximum.outer(boxes1[:, 0], boxes2[:, 0])
    y1 = np.maximum.outer(boxes1[:, 1], boxes2[:, 1])
    x2 = np.minimum.outer(boxes1[:, 2], boxes2[:, 2])
    y2 = np.minimum.outer(boxes1[:, 3], boxes2[:, 3])
    inter = np.maximum(x2 - x1, 0) * np.maximum(y2 - y1, 0)
    union = np.add.outer(a1, a2) - inter
    return inter / (union + eps)
