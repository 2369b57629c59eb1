import numpy as np

from cnnlab.ops.gan import softplus, two_layers_backward, two_layers_forward


def sigma(a):
    return 0.5 * (1 + np.tanh(a / 2))


def discriminator_step(real, z, g, d, *, lr):
    fake, _ = two_layers_forward(z, g)
    both, cache = two_layers_forward(np.concatenate([real, fake]), d)
    weight = np.concatenate([np.full((len(real), 1), 1 / len(real)), np.full((len(z), 1), 1 / len(z))])
    sign = np.concatenate([-np.ones((len(real), 1)), np.ones((len(z), 1))])
    loss = float((weight * softplus(sign * both)).sum())
    grads = two_layers_backward((weight * sign * sigma(sign * both)).astype(both.dtype), cache)[1]
    return loss, g, tuple((p - lr * q).astype(p.dtype) for p, q in zip(d, grads))
