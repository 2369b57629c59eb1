import numpy as np

from cnnlab.ops.activations import sigmoid_forward
from cnnlab.ops.gan import softplus, two_layers_backward, two_layers_forward


def discriminator_step(real, z, g, d, *, lr):
    total, grads = 0.0, [np.zeros_like(p) for p in d]
    for samples, label in ((real, 1.0), (two_layers_forward(z, g)[0], 0.0)):
        logits, cache = two_layers_forward(samples, d)
        total += np.mean(softplus(logits) - label * logits)
        dlogits = sigmoid_forward(logits)[0] - label
        for acc, new in zip(grads, two_layers_backward(dlogits, cache)[1]):
            acc += new
    return float(total), g, tuple(p - lr * dp for p, dp in zip(d, grads))
