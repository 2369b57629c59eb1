import numpy as np


def layer_norm_backward(dy, cache):
    x_hat, std, gamma = cache
    over = tuple(range(-gamma.ndim, 0))
    d = dy * gamma
    dx = d - d.mean(axis=over, keepdims=True)
    dx -= x_hat * (d * x_hat).mean(axis=over, keepdims=True)
    dx /= std
    flat = (-1, *gamma.shape)
    dgamma = (dy * x_hat).reshape(flat)[0]
    dbeta = dy.reshape(flat)[0]
    return dx, dgamma.copy(), dbeta.copy()
