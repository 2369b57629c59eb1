import numpy as np

from cnnlab.ops.network import two_layers


def network_gradients(x, t, w1, b1, w2, b2):
    a1, a2 = two_layers(x, w1, b1, w2, b2)
    dw1, db1 = np.zeros_like(w1), np.zeros_like(b1)
    dw2, db2 = np.zeros_like(w2), np.zeros_like(b2)
    for n in range(len(x)):
        g2 = (a2[n] - t[n]) * a2[n] * (1 - a2[n])
        dw2 += np.outer(g2, a1[n])
        db2 += g2
        g1 = w2.T @ g2
        g1 = g1 * (1 - g1)
        dw1 += np.outer(g1, x[n])
        db1 += g1
    return dw1, db1, dw2, db2
