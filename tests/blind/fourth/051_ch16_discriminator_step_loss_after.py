import numpy as np

from cnnlab.ops.gan import softplus, two_layers_backward, two_layers_forward


def sigma(a):
    return 0.5 * (1 + np.tanh(a / 2))


def discriminator_step(real, z, g, d, *, lr):
    fake, _ = two_layers_forward(z, g)
    a, one = two_layers_forward(real, d)
    b, two = two_layers_forward(fake, d)
    loss = float(softplus(-a).mean() + softplus(b).mean())
    _, first = two_layers_backward(-sigma(-a) / len(real), one)
    _, second = two_layers_backward(sigma(b) / len(z), two)
    d = tuple(p - lr * (q + r) for p, q, r in zip(d, first, second))
    loss = float(softplus(-two_layers_forward(real, d)[0]).mean() + softplus(two_layers_forward(fake, d)[0]).mean())
    return loss, g, d
