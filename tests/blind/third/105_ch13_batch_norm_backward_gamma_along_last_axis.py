import numpy as np


def batch_norm_backward(dy, cache):
    x_hat, std, gamma = cache
    axes = (0,) + tuple(range(2, x_hat.ndim))
    mean = lambda a: a.mean(axis=axes, keepdims=True)
    d = dy * gamma
    dx = (d - mean(d) - x_hat * mean(d * x_hat)) / std
    return dx, (dy * x_hat).sum(axis=axes), dy.sum(axis=axes)
