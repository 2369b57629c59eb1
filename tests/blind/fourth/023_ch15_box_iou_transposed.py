import numpy as np


def box_iou(a, b):
    x1, y1, x2, y2 = (a[:, k, None] for k in range(4))
    X1, Y1, X2, Y2 = b.T
    inter = np.clip(np.minimum(x2, X2) - np.maximum(x1, X1), 0, None)
    inter = inter * np.clip(np.minimum(y2, Y2) - np.maximum(y1, Y1), 0, None)
    union = (x2 - x1) * (y2 - y1) + (X2 - X1) * (Y2 - Y1) - inter
    iou = inter / np.where(union == 0, 1, union)
    return iou.T
