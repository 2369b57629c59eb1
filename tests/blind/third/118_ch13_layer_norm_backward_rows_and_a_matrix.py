import numpy as np


def layer_norm_backward(dy, cache):
    F = cache.gamma.size
    d = dy.reshape(-1, F)
    h = cache.x_hat.reshape(-1, F)
    s = np.broadcast_to(cache.std, dy.shape).reshape(-1, F)[:, :1]
    g = d * cache.gamma.reshape(1, F)
    centring = np.eye(F, dtype=dy.dtype) - np.ones((F, F), dtype=dy.dtype) / F
    dx = (g @ centring - h * np.einsum("nf,nf->n", g, h)[:, None] / F) / s
    shape = cache.gamma.shape
    return dx.reshape(dy.shape), (d * h).sum(0).reshape(shape), d.sum(0).reshape(shape)
