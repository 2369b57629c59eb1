import numpy as np

from cnnlab.ops.activations import sigmoid_forward
from cnnlab.ops.gan import softplus, two_layers_backward, two_layers_forward


def generator_step(z, g, d, *, lr, saturating=False):
    fake, back_g = two_layers_forward(z, g)
    a, back_d = two_layers_forward(fake, d)
    da = np.full_like(a, -1 / len(a))
    if saturating:
        loss = softplus(a).mean()
        da *= sigmoid_forward(a)[0]
    else:
        loss = softplus(-a).mean()
        da *= 1 - sigmoid_forward(a)[0]
    _, grads = two_layers_backward(two_layers_backward(da, back_d)[0], back_g)
    return loss, tuple(p - lr * dp for p, dp in zip(g, grads)), d
