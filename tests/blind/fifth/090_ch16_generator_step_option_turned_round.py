import numpy as np

from cnnlab.ops.activations import sigmoid_forward
from cnnlab.ops.gan import softplus, two_layers_backward, two_layers_forward


def generator_step(z, g, d, *, lr, saturating=False):
    fake, cg = two_layers_forward(z, g)
    a, cd = two_layers_forward(fake, d)
    if not saturating:
        loss = -softplus(a).mean()
        da = -sigmoid_forward(a)[0] / len(a)
    else:
        loss = softplus(-a).mean()
        da = -sigmoid_forward(-a)[0] / len(a)
    dfake, _ = two_layers_backward(da, cd)
    _, dg = two_layers_backward(dfake, cg)
    return loss, tuple(p - lr * q for p, q in zip(g, dg)), d
