import numpy as np

from cnnlab.ops.gan import softplus, two_layers_backward, two_layers_forward


def sigma(a):
    return 0.5 * (1 + np.tanh(a / 2))


def generator_step(z, g, d, *, lr, saturating=False):
    fake, made = two_layers_forward(z, g)
    a, judged = two_layers_forward(fake, d)
    if saturating:
        loss, da = -softplus(a).mean(), -sigma(a) / a.size
    else:
        loss, da = softplus(-a).mean(), -sigma(-a) / a.size
    dfake, unused = two_layers_backward(da, judged)
    _, dg = two_layers_backward(dfake, made)
    return float(loss), tuple(p - lr * q for p, q in zip(g, dg)), tuple(p - lr * q for p, q in zip(d, unused))
