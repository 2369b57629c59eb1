import numpy as np

from cnnlab.ops.activations import sigmoid_forward
from cnnlab.ops.gan import softplus, two_layers_backward, two_layers_forward


def generator_step(z, g, d, *, lr, saturating=False):
    fake, cache = two_layers_forward(z, g)
    logit, dcache = two_layers_forward(fake, d)
    sign = 1 if saturating else -1
    loss = -sign * softplus(sign * logit).mean()
    upstream = -sigmoid_forward(sign * logit)[0] / logit.size
    dfake = two_layers_backward(upstream, dcache)[0]
    w1, b1, w2, b2 = g
    dw1, db1, dw2, db2 = two_layers_backward(dfake, cache)[1]
    new = (w1, b1, w2 - lr * dw2, b2 - lr * db2)
    return loss, new, d
