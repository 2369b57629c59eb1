import numpy as np


def layer_norm_backward(dy, cache):
    x_hat, var, gamma = cache
    k = gamma.ndim
    axes = tuple(range(dy.ndim - k, dy.ndim))
    inv = 1.0 / np.sqrt(var)
    d = dy * gamma
    dx = inv * (d - d.mean(axis=axes, keepdims=True) - x_hat * np.mean(d * x_hat, axis=axes, keepdims=True))
    lead = tuple(range(dy.ndim - k))
    return dx, np.sum(dy * x_hat, axis=lead), np.sum(dy, axis=lead)
