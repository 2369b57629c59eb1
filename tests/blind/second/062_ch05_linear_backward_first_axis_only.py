import numpy as np


def linear_backward(dy, cache):
    x, w, b = cache
    dx = np.tensordot(dy, w, axes=(-1, 0))
    lead = tuple(range(dy.ndim - 1))
    dw = np.tensordot(dy, x, axes=(lead, lead))
    db = None if b is None else dy.sum(axis=0)
    return dx, dw, db
