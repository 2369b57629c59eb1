import numpy as np

from cnnlab.ops.activations import sigmoid_forward
from cnnlab.ops.gan import softplus, two_layers_backward, two_layers_forward


def g_loss(z, g, d, saturating):
    a = two_layers_forward(two_layers_forward(z, g)[0], d)[0]
    return -softplus(a).mean() if saturating else softplus(-a).mean()


def generator_step(z, g, d, *, lr, saturating=False):
    old = g
    fake, cache_g = two_layers_forward(z, g)
    a, cache_d = two_layers_forward(fake, d)
    p = sigmoid_forward(a)[0]
    da = (-p if saturating else p - 1) / p.size
    grads = two_layers_backward(two_layers_backward(da, cache_d)[0], cache_g)[1]
    g = tuple(w - lr * dw for w, dw in zip(g, grads))
    return g_loss(z, g, d, saturating), g, d
