import numpy as np


def attention_backward(dy, cache):
    q, k, v, p = cache
    scale = 1 / np.sqrt(v.shape[3])
    dq, dk, dv = np.zeros_like(q), np.zeros_like(k), np.zeros_like(v)
    for n, h, t in np.ndindex(*q.shape[:3]):
        weights = p[n, h, t]
        up = v[n, h] @ dy[n, h, t]
        ds = weights * (up - weights @ up) * scale
        dq[n, h, t] = ds @ k[n, h]
        dk[n, h] += np.outer(ds, q[n, h, t])
        dv[n, h] += np.outer(weights, dy[n, h, t])
    return dq, dk, dv
