import numpy as np

from cnnlab.ops.activations import sigmoid_forward
from cnnlab.ops.gan import softplus, two_layers_backward, two_layers_forward


def discriminator_step(real, z, g, d, *, lr):
    fake, _ = two_layers_forward(z, g)
    loss = softplus(-two_layers_forward(real, d)[0]).mean() + softplus(two_layers_forward(fake, d)[0]).mean()
    before = d

    # train on real
    out, cache = two_layers_forward(real, d)
    _, grad = two_layers_backward((sigmoid_forward(out)[0] - 1) / len(out), cache)
    d = tuple(p - lr * q for p, q in zip(d, grad))

    # train on fake
    out, cache = two_layers_forward(fake, d)
    _, grad = two_layers_backward(sigmoid_forward(out)[0] / len(out), cache)
    d = tuple(p - lr * q for p, q in zip(d, grad))
    return loss, g, d
