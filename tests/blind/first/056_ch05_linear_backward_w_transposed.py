import numpy as np


def linear_backward(dy, cache):
    out_features, in_features = cache.w.shape
    x = cache.x.reshape(-1, in_features)
    g = dy.reshape(-1, out_features)
    dw = np.einsum("ni,no->io", x, g)
    dx = np.einsum("no,oi->ni", g, cache.w).reshape(cache.x.shape)
    return dx, dw, (None if cache.b is None else np.einsum("no->o", g))
