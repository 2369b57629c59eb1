import numpy as np


def batch_norm_backward(dy, cache):
    x_hat, std, gamma = cache
    letters = "nc" + "hwdt"[: dy.ndim - 2]
    dgamma = np.einsum(f"{letters},{letters}->c", dy, x_hat)
    dbeta = np.einsum(f"{letters}->c", dy)
    m = dy.size // dy.shape[1]
    lay = (slice(None),) + (None,) * (dy.ndim - 2)
    factor = gamma[lay] / (m * std)
    return factor * (m * dy - dbeta[lay] - x_hat * dgamma[lay]), dgamma, dbeta
