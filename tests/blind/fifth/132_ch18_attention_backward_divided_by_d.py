import numpy as np


def attention_backward(dy, cache):
    Q, K, V, P = cache
    D = Q.shape[-1]
    dV = np.matmul(np.swapaxes(P, -1, -2), dy)
    dP = np.matmul(dy, np.swapaxes(V, -1, -2))
    dS = P * dP
    dS = dS - P * dS.sum(-1, keepdims=True)
    dQ = np.matmul(dS, K) / D
    dK = np.matmul(np.swapaxes(dS, -1, -2), Q) / D
    return dQ, dK, dV
