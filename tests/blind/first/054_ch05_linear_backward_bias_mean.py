import numpy as np


def linear_backward(dy, cache):
    x, w, b = cache
    rows = dy.reshape(-1, w.shape[0])
    dx = dy @ w
    dw = rows.T @ x.reshape(-1, w.shape[1])
    db = None if b is None else rows.mean(axis=0)
    return dx, dw, db
