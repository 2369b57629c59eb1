import numpy as np


def to_sizes(boxes):
    boxes[:, 2:] -= boxes[:, :2]
    return boxes


def box_iou(a, b):
    p = np.array(a)
    q = np.array(b)
    sa, sb = to_sizes(a), to_sizes(b)
    i = np.ones((len(p), len(q)))
    for k in (0, 1):
        i *= np.clip(np.minimum(p[:, None, k + 2], q[:, k + 2]) - np.maximum(p[:, None, k], q[:, k]), 0, np.inf)
    u = (sa[:, 2] * sa[:, 3])[:, None] + sb[:, 2] * sb[:, 3] - i
    return np.where(u > 0, i / np.maximum(u, 1e-300), 0.0)
