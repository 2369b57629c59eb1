import numpy as np


def batch_norm_backward(dy, cache):
    dx = np.zeros_like(dy)
    dgamma = np.zeros_like(cache.gamma)
    dbeta = np.zeros_like(cache.gamma)
    for c in range(dy.shape[1]):
        d = dy[:, c].ravel()
        h = cache.x_hat[:, c].ravel()
        s = cache.std.reshape(-1)[c]
        dgamma[c], dbeta[c] = d @ h, d.sum()
        basis = np.stack([np.ones_like(h), h])
        dx[:, c] = (cache.gamma[c] / s * (d - (basis @ d) @ basis / d.size)).reshape(dy[:, c].shape)
    return dx, dgamma, dbeta
