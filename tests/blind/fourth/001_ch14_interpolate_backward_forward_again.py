import numpy as np


def interpolate_backward(dy, cache):
    pseudo_rows = np.linalg.pinv(cache.rows)
    pseudo_columns = np.linalg.pinv(cache.columns)
    return pseudo_rows @ dy @ pseudo_columns.T
