import numpy as np


def batch_norm_backward(dy, cache):
    x_hat, std, gamma = cache
    n, c = dy.shape[:2]
    rows = np.moveaxis(dy, 1, -1).reshape(-1, c)
    hats = np.moveaxis(x_hat, 1, -1).reshape(-1, c)
    m = len(rows)
    dgamma = np.einsum("ij,ij->j", rows, hats)
    dbeta = rows.sum(axis=0)
    dx = gamma / std.reshape(-1) / m * (m * rows - dbeta - hats * dgamma)
    dx = np.moveaxis(dx.reshape((n, *dy.shape[2:], c)), -1, 1)
    return dx.copy(), dgamma, dbeta / n
