import numpy as np


def box_iou(a, b):
    table = np.empty((a.shape[0], b.shape[0]))
    areas_a = (a[:, 2] - a[:, 0]) * (a[:, 3] - a[:, 1])
    areas_b = (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1])
    for row, box in enumerate(a):
        w = np.minimum(box[2], b[:, 2]) - np.maximum(box[0], b[:, 0])
        h = np.minimum(box[3], b[:, 3]) - np.maximum(box[1], b[:, 1])
        common = np.where((w > 0) & (h > 0), w * h, 0.0)
        either = areas_a[row] + areas_b
        table[row] = [c / e if e > 0 else 0.0 for c, e in zip(common, either)]
    return table
