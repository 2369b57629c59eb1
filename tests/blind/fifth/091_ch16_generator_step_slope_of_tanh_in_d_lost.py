import numpy as np

from cnnlab.ops.activations import sigmoid_forward
from cnnlab.ops.gan import softplus


def generator_step(z, g, d, *, lr, saturating=False):
    w1, b1, w2, b2 = g
    v1, c1, v2, c2 = d
    h = np.tanh(z @ w1.T + b1)
    x = h @ w2.T + b2
    k = np.tanh(x @ v1.T + c1)
    a = k @ v2.T + c2
    n = len(z)
    if saturating:
        loss, da = -softplus(a).mean(), -sigmoid_forward(a)[0] / n
    else:
        loss, da = softplus(-a).mean(), -sigmoid_forward(-a)[0] / n
    dk = da @ v2
    dx = dk @ v1
    dh = dx @ w2 * (1 - h ** 2)
    return loss, (w1 - lr * dh.T @ z, b1 - lr * dh.sum(0), w2 - lr * dx.T @ h, b2 - lr * dx.sum(0)), d
