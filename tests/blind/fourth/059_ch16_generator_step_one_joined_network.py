import numpy as np

from cnnlab.ops.gan import softplus, two_layers_backward, two_layers_forward


def sigma(a):
    return 0.5 * (1 + np.tanh(a / 2))


def generator_step(z, g, d, *, lr, saturating=False):
    w1, b1, w2, b2 = g
    v1, c1, v2, c2 = d
    h = np.tanh(z @ w1.T + b1)
    k = np.tanh((h @ w2.T + b2) @ v1.T + c1)
    a = k @ v2.T + c2
    sign = 1 if saturating else -1
    loss = -sign * softplus(sign * a).mean()
    da = -sigma(sign * a) / len(z)
    dfake = ((da @ v2) * (1 - k * k)) @ v1
    dh = (dfake @ w2) * (1 - h * h)
    steps = (dh.T @ z, dh.sum(0), dfake.T @ h, dfake.sum(0))
    return float(loss), tuple(p - lr * q for p, q in zip(g, steps)), d
