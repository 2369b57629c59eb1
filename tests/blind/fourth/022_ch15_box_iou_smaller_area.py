import numpy as np


def box_iou(a, b):
    out = np.zeros((len(a), len(b)))
    for i, (p, q, r, s) in enumerate(a):
        for j, (t, u, v, w) in enumerate(b):
            inter = max(min(r, v) - max(p, t), 0) * max(min(s, w) - max(q, u), 0)
            first, second = (r - p) * (s - q), (v - t) * (w - u)
            union = min(first, second)
            out[i, j] = inter / union if union else 0
    return out
