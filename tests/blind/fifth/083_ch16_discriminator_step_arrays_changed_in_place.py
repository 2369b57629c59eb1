import numpy as np

from cnnlab.ops.activations import sigmoid_forward
from cnnlab.ops.gan import softplus, two_layers_backward, two_layers_forward


def discriminator_step(real, z, g, d, *, lr):
    d = list(d)
    fake = two_layers_forward(z, g)[0]
    ar, cr = two_layers_forward(real, d)
    af, cf = two_layers_forward(fake, d)
    loss = softplus(-ar).mean() + softplus(af).mean()
    gr = two_layers_backward((sigmoid_forward(ar)[0] - 1) / ar.shape[0], cr)[1]
    gf = two_layers_backward(sigmoid_forward(af)[0] / af.shape[0], cf)[1]
    for k in range(4):
        d[k] -= lr * (gr[k] + gf[k])
    return loss, g, tuple(d)
