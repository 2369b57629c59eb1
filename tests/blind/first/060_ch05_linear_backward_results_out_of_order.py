from functools import reduce

import numpy as np


def linear_backward(dy, cache):
    out_features, in_features = cache.w.shape
    samples = reduce(lambda a, b: a * b, cache.x.shape[:-1], 1)
    x2, g2 = cache.x.reshape(samples, in_features), dy.reshape(samples, out_features)
    dw = np.matmul(g2.T, x2)
    dx = np.matmul(g2, cache.w).reshape(cache.x.shape)
    db = np.add.reduce(g2, axis=0) if cache.b is not None else None
    return dw, dx, db
