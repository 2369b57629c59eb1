import numpy as np

from cnnlab.ops.network import two_layers


def network_gradients(x, t, w1, b1, w2, b2):
    hidden, out = two_layers(x, w1, b1, w2, b2)
    dw1, db1, dw2, db2 = (np.zeros_like(p) for p in (w1, b1, w2, b2))
    for n in range(len(x)):
        a0, a1, a2 = x[n][:, None], hidden[n][:, None], out[n][:, None]
        delta2 = (a2 - t[n][:, None]) * a2 * (1 - a2)
        delta1 = (w2.T @ delta2) * a1 * (1 - a1)
        dw2 += delta2 @ a1.T
        db2 += delta2[:, 0]
        dw1 = delta1 @ a0.T
        db1 += delta1[:, 0]
    return dw1, db1, dw2, db2
