import numpy as np


def batch_norm_backward(dy, cache):
    axes = (0, *range(2, dy.ndim))
    m = np.prod([dy.shape[a] for a in axes])
    dgamma = np.sum(dy * cache.x_hat, axis=axes)
    dbeta = np.sum(dy, axis=axes)
    dxhat = dy * cache.gamma.reshape((-1,) + (1,) * (dy.ndim - 2))
    dc = dxhat / cache.std
    dstd = np.sum(-dxhat * cache.x_hat / cache.std, axis=axes, keepdims=True)
    dc = dstd * cache.x_hat / m
    dx = dc - dc.mean(axis=axes, keepdims=True)
    return dx, dgamma, dbeta
