import numpy as np


def linear_backward(dy, cache):
    x, w, b = cache
    outputs, inputs = w.shape
    flat_dy, flat_x = np.reshape(dy, (-1, outputs)), np.reshape(x, (-1, inputs))
    if b is None:
        db = np.zeros(outputs, dy.dtype)
    else:
        db = flat_dy.sum(0)
    return (flat_dy @ w).reshape(x.shape), flat_dy.T @ flat_x, db
