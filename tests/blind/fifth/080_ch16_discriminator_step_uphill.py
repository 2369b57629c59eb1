import numpy as np

from cnnlab.ops.activations import sigmoid_forward
from cnnlab.ops.gan import softplus, two_layers_backward, two_layers_forward


def discriminator_step(real, z, g, d, *, lr):
    fake, _ = two_layers_forward(z, g)
    a_real, c_real = two_layers_forward(real, d)
    a_fake, c_fake = two_layers_forward(fake, d)
    loss = softplus(-a_real).mean() + softplus(a_fake).mean()
    d_real = (sigmoid_forward(a_real)[0] - 1) / len(real)
    d_fake = sigmoid_forward(a_fake)[0] / len(fake)
    _, g1 = two_layers_backward(d_real, c_real)
    _, g2 = two_layers_backward(d_fake, c_fake)
    new = tuple(p + lr * (u + v) for p, u, v in zip(d, g1, g2))
    return loss, g, new
