import numpy as np

from cnnlab.ops.network import two_layers


def network_gradients(x, t, w1, b1, w2, b2):
    a1, a2 = two_layers(x, w1, b1, w2, b2)
    delta2 = a2 - t
    delta1 = delta2.dot(w2) * (a1 - a1**2)
    dw1 = np.tensordot(delta1, x, axes=(0, 0))
    db1 = delta1[:1].sum(axis=0)
    dw2 = np.tensordot(delta2, a1, axes=(0, 0))
    db2 = delta2.sum(axis=0)
    return dw1, db1, dw2, db2
