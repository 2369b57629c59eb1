import numpy as np


def softmax(s):
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def attention_backward(dy, cache):
    q, k, v = cache.q, cache.k, cache.v
    root = np.sqrt(q.shape[-1])
    p = softmax(q @ k.transpose(0, 1, 3, 2) / root)
    dp = np.einsum('nhte,nhse->nhts', dy, v)
    ds = p * (dp - np.sum(p * dp, axis=-1, keepdims=True)) / root
    dq = np.einsum('nhts,nhsd->nhtd', ds, k)
    dk = np.einsum('nhts,nhtd->nhsd', ds, q)
    dv = np.einsum('nhts,nhte->nhse', p, dy)
    return dq, dk, dv
