import numpy as np


def box_iou(a, b):
    A, B = a[:, None, :], b[None, :, :]
    wh = np.clip(np.minimum(A[..., 2:], B[..., 2:]) - np.maximum(A[..., :2], B[..., :2]), 0, None)
    inter = wh[..., 0] * wh[..., 1]
    outer = np.maximum(A[..., 2:], B[..., 2:]) - np.minimum(A[..., :2], B[..., :2])
    union = outer[..., 0] * outer[..., 1]
    return np.divide(inter, union, out=np.zeros_like(inter), where=union > 0)
