import numpy as np


def network_gradients(x, t, w1, b1, w2, b2):
    def sigma(z):
        return 0.5 * np.tanh(0.5 * z) + 0.5

    total = [np.zeros_like(p) for p in (w1, b1, w2, b2)]
    for row, goal in zip(x, t):
        a0 = row[:, None]
        a1 = sigma(w1 @ a0 + b1[:, None])
        a2 = sigma(w2 @ a1 + b2[:, None])
        delta2 = (a2 - goal[:, None]) * a2 * (1 - a2)
        delta1 = (w2.T @ delta2) * a1 * (1 - a1)
        shares = delta1 @ a0.T, delta1[:, 0], delta2 @ a1.T, delta2[:, 0]
        total = [whole + share for whole, share in zip(total, shares)]
    return tuple(total)
