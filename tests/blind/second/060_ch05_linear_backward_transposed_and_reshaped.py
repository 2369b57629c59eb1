import numpy as np


def linear_backward(dy, cache):
    rows_dy = dy.reshape(-1, dy.shape[-1])
    rows_x = cache.x.reshape(-1, cache.x.shape[-1])
    dx = (rows_dy @ cache.w).reshape(cache.x.shape)
    dw = (rows_x.T @ rows_dy).reshape(cache.w.shape)
    db = rows_dy.sum(axis=0) if cache.b is not None else None
    return dx, dw, db
