import numpy as np


def batch_norm_backward(dy, cache):
    x_hat, std, gamma = cache
    axes = (0,) + tuple(range(2, dy.ndim))
    shape = [1] * dy.ndim
    shape[1] = len(gamma)
    dxhat = dy * gamma.reshape(shape)
    xc = x_hat * std
    m = dy.size / len(gamma)
    dvar = np.sum(dxhat * xc, axis=axes, keepdims=True) * -0.5 * std**-2
    dmu = -np.sum(dxhat, axis=axes, keepdims=True) / std
    dx = dxhat / std + 2 * xc * dvar / m + dmu / m
    return dx, np.sum(dy * x_hat, axis=axes), np.sum(dy, axis=axes)
