import numpy as np


def attention_backward(dy, cache):
    q, k, v, p = cache
    scale = np.asarray(q.shape[-1], q.dtype) ** -0.5
    dv = p.swapaxes(-1, -2) @ dy
    dp = dy @ v.swapaxes(-1, -2)
    mean = (dp * p).sum(axis=-1, keepdims=True)
    ds = p * (dp - mean)
    dq = scale * (ds @ k)
    dk = scale * (ds.swapaxes(-1, -2) @ q)
    return dq, dk, dv
