import numpy as np


def box_iou(a, b):
    ax1, ay1, ax2, ay2 = (c[:, None] for c in a.T)
    bx1, by1, bx2, by2 = b.T
    w = np.maximum(np.minimum(ax2, bx2) - np.maximum(ax1, bx1), 0)
    h = np.maximum(np.minimum(ay2, by2) - np.maximum(ay1, by1), 0)
    inter = w * h
    union = (ax2 - ax1) * (ay2 - ay1) + (bx2 - bx1) * (by2 - by1) - inter
    result = np.zeros(inter.shape)
    np.divide(inter, union, out=result, where=union > 0)
    return result
