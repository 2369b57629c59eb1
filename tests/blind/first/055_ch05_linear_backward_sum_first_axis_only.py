import numpy as np


def linear_backward(dy, cache):
    front = list(range(dy.ndim - 1))
    dw = np.tensordot(dy, cache.x, axes=(front, front))
    dx = np.tensordot(dy, cache.w, axes=1)
    db = dy.sum(axis=0) if cache.b is not None else None
    return dx, dw, db
