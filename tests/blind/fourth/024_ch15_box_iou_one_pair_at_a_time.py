import numpy as np


def overlap(p, q):
    w = min(p[2], q[2]) - max(p[0], q[0])
    h = min(p[3], q[3]) - max(p[1], q[1])
    both = w * h if w > 0 and h > 0 else 0.0
    union = (p[2] - p[0]) * (p[3] - p[1]) + (q[2] - q[0]) * (q[3] - q[1]) - both
    return both / union if union > 0 else 0.0


def box_iou(a, b):
    return np.array([[overlap(p, q) for q in b] for p in a], dtype=np.result_type(a, b)).reshape(len(a), len(b))
