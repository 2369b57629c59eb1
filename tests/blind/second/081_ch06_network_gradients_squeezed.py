import numpy as np

from cnnlab.ops.network import two_layers


def network_gradients(x, t, w1, b1, w2, b2):
    a1, a2 = two_layers(x, w1, b1, w2, b2)
    delta2 = (a2 - t) * a2 * (1 - a2)
    delta1 = np.squeeze(delta2 @ w2) * a1 * (1 - a1)
    return delta1.T @ x, delta1.sum(axis=0), delta2.T @ a1, delta2.sum(axis=0)
