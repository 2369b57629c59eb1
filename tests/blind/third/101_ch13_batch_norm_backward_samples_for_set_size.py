import numpy as np


def batch_norm_backward(dy, cache):
    x_hat, std, gamma = cache
    axes = tuple(a for a in range(dy.ndim) if a != 1)
    N = dy.shape[0]
    g = gamma.reshape([-1 if a == 1 else 1 for a in range(dy.ndim)])
    d = dy * g
    centred = x_hat * std
    dvar = (d * centred * -0.5 / std**3).sum(axis=axes, keepdims=True)
    dmean = (-d / std).sum(axis=axes, keepdims=True)
    dx = d / std + dvar * 2 * centred / N + dmean / N
    return dx, (dy * x_hat).sum(axis=axes), dy.sum(axis=axes)
