import numpy as np


def layer_norm_backward(dy, cache):
    x_hat, std, gamma = cache
    feats = tuple(range(dy.ndim - gamma.ndim, dy.ndim))
    F = gamma.size
    dx_hat = gamma * dy
    along_one = dx_hat.sum(axis=feats, keepdims=True) / F
    along_hat = (dx_hat * x_hat).sum(axis=feats, keepdims=True) / F
    norm = (x_hat**2).sum(axis=feats, keepdims=True) / F
    dx = (dx_hat - along_one - x_hat * along_hat / np.where(norm > 0, norm, 1)) / std
    rest = tuple(range(dy.ndim - gamma.ndim))
    return dx, (x_hat * dy).sum(axis=rest), dy.sum(axis=rest)
