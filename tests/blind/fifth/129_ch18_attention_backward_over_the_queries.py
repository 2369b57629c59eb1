import numpy as np


def attention_backward(dy, cache):
    q, k, v, p = cache
    dv = p.swapaxes(2, 3) @ dy
    dp = dy @ v.swapaxes(2, 3)
    ds = p * (dp - (dp * p).sum(axis=2, keepdims=True))
    ds = ds / np.sqrt(q.shape[3])
    return ds @ k, ds.swapaxes(2, 3) @ q, dv
