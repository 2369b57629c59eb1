import numpy as np


def mean_iou(pred, target, classes):
    table = np.zeros((classes, classes))
    np.add.at(table, (target.ravel(), pred.ravel()), 1)
    hit = np.diag(table)
    total = table.sum(0) + table.sum(1)
    there = total > 0
    if not there.any():
        raise ValueError("no class in either map")
    return float(np.mean(2 * hit[there] / total[there]))
