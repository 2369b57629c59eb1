import math

import numpy as np


def attention_backward(dy, cache):
    q, k, v, p = cache
    S = k.shape[2]
    J = p[..., None] * np.eye(S) - p[..., :, None] * p[..., None, :]  # N H T S S
    dp = dy @ v.swapaxes(-1, -2)
    ds = np.einsum("nhts,nhtsr->nhtr", dp, J) / math.sqrt(q.shape[3])
    return ds @ k, ds.swapaxes(-1, -2) @ q, np.einsum("nhts,nhte->nhse", p, dy)
