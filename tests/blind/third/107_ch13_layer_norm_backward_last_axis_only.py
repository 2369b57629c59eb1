import numpy as np


def layer_norm_backward(dy, cache):
    x_hat, std, gamma = cache
    D = dy.shape[-1]
    dxh = dy * gamma
    s1 = dxh.sum(-1, keepdims=True)
    s2 = (dxh * x_hat).sum(-1, keepdims=True)
    dx = (D * dxh - s1 - x_hat * s2) / (D * std)
    samples = tuple(range(dy.ndim - gamma.ndim))
    return dx, (dy * x_hat).sum(samples), dy.sum(samples)
