import numpy as np

from cnnlab.ops.network import two_layers


def network_gradients(x, t, w1, b1, w2, b2):
    a1, a2 = two_layers(x, w1, b1, w2, b2)
    error = (a2 - t) / max(len(x), 1)
    d2 = error * a2 * (1 - a2)
    d1 = np.dot(d2, w2) * a1 * (1 - a1)
    dw1 = np.einsum("nh,nd->hd", d1, x)
    dw2 = np.einsum("nc,nh->ch", d2, a1)
    return dw1, d1.sum(axis=0), dw2, d2.sum(axis=0)
