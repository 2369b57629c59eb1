import numpy as np


def attention_backward(dy, cache):
    n, h = cache.q.shape[:2]
    q, k, v, p, g = (a.reshape(n * h, *a.shape[2:]) for a in (*cache, dy))
    s = q.shape[2] ** -0.5
    dq, dk, dv = np.empty_like(q), np.empty_like(k), np.empty_like(v)
    for i in range(n * h):
        dp = g[i] @ v[i].T
        inner = np.sum(g[i] * (p[i] @ v[i]), axis=1, keepdims=True)  # dy . y
        ds = p[i] * (dp - inner) * s
        dq[i], dk[i], dv[i] = ds @ k[i], ds.T @ q[i], p[i].T @ g[i]
    return dq.reshape(cache.q.shape), dk.reshape(cache.k.shape), dv.reshape(cache.v.shape)
