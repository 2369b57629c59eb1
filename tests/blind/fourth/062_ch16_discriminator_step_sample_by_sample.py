import numpy as np

from cnnlab.ops.gan import softplus, two_layers_backward, two_layers_forward


def sigma(a):
    return 0.5 * (1 + np.tanh(a / 2))


def discriminator_step(real, z, g, d, *, lr):
    loss, moved = 0.0, [p.copy() for p in d]
    for samples, sign in ((real, -1), (two_layers_forward(z, g)[0], 1)):
        for one in samples:
            a, cache = two_layers_forward(one[None], d)
            loss += float(softplus(sign * a)[0, 0]) / len(samples)
            for p, q in zip(moved, two_layers_backward(sign * sigma(sign * a) / len(samples), cache)[1]):
                p -= lr * q
    return loss, g, tuple(moved)
