import numpy as np


def length(p, q):
    lo, hi = max(p[0], q[0]), min(p[1], q[1])
    return hi - lo if hi > lo else 0.0


def box_iou(a, b):
    rows = []
    for x1, y1, x2, y2 in a:
        row = []
        for u1, v1, u2, v2 in b:
            i = length((x1, x2), (u1, u2)) * length((y1, y2), (v1, v2))
            u = (x2 - x1) * (y2 - y1) + (u2 - u1) * (v2 - v1) - i
            row.append(i / u if u > 0 else 0.0)
        rows.append(row)
    return np.array(rows, float).reshape(len(a), len(b))
