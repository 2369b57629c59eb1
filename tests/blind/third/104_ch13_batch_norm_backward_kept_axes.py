import numpy as np


def batch_norm_backward(dy, cache):
    kept = dict(axis=(0,) + tuple(range(2, dy.ndim)), keepdims=True)
    gamma = cache.gamma.reshape((1, -1) + (1,) * (dy.ndim - 2))
    dgamma = (dy * cache.x_hat).sum(**kept)
    dbeta = dy.sum(**kept)
    m = dy.size / dgamma.size
    dx = gamma / cache.std * (dy - dbeta / m - cache.x_hat * dgamma / m)
    return dx, dgamma, dbeta
