import numpy as np


def box_iou(a, b):
    N, K = len(a), len(b)
    overlaps = np.zeros((N, K))
    for k in range(K):
        box_area = (b[k, 2] - b[k, 0]) * (b[k, 3] - b[k, 1])
        for n in range(N):
            iw = min(a[n, 2], b[k, 2]) - max(a[n, 0], b[k, 0])
            if iw > 0:
                ih = min(a[n, 3], b[k, 3]) - max(a[n, 1], b[k, 1])
                ua = (a[n, 2] - a[n, 0]) * (a[n, 3] - a[n, 1]) + box_area - iw * ih
                overlaps[n, k] = iw * ih / ua if ua != 0 else 0.0
    return overlaps
