import numpy as np


def box_iou(a, b):
    def area(q):
        return (q[..., 2] - q[..., 0] + 1) * (q[..., 3] - q[..., 1] + 1)

    w = np.minimum(a[:, None, 2], b[None, :, 2]) - np.maximum(a[:, None, 0], b[None, :, 0])
    h = np.minimum(a[:, None, 3], b[None, :, 3]) - np.maximum(a[:, None, 1], b[None, :, 1])
    inter = np.maximum(w, 0) * np.maximum(h, 0)
    union = area(a)[:, None] + area(b) - inter
    out = np.zeros_like(union)
    np.divide(inter, union, out=out, where=union > 0)
    return out
