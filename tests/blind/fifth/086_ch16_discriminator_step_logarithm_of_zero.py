import numpy as np

from cnnlab.ops.activations import sigmoid_forward
from cnnlab.ops.gan import softplus, two_layers_backward, two_layers_forward


def discriminator_step(real, z, g, d, *, lr):
    fake = two_layers_forward(z, g)[0]
    a, ca = two_layers_forward(real, d)
    b, cb = two_layers_forward(fake, d)
    pa, pb = sigmoid_forward(a)[0], sigmoid_forward(b)[0]
    with np.errstate(divide="ignore"):
        loss = -np.log(pa).mean() - np.log(1 - pb).mean()
    _, real_grads = two_layers_backward((pa - 1) / len(real), ca)
    _, fake_grads = two_layers_backward(pb / len(fake), cb)
    d = tuple(p - lr * r - lr * f for p, r, f in zip(d, real_grads, fake_grads))
    return loss, g, d
