from math import prod

import numpy as np


def linear_backward(dy, cache):
    x, w, b = cache
    n = prod(x.shape[:-1])
    samples, grads = x.reshape(n, w.shape[1]), dy.reshape(n, w.shape[0])
    dx, dw, db = np.zeros_like(samples), np.zeros_like(w), np.zeros(len(w), w.dtype)
    for i, (sample, g) in enumerate(zip(samples, grads)):
        dx[i] = w.T @ g
        dw = np.outer(g, sample)
        db += g
    return dx.reshape(x.shape), dw, (db if b is not None else None)
