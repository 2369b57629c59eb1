import numpy as np

from cnnlab.ops.activations import sigmoid_forward
from cnnlab.ops.gan import softplus, two_layers_backward, two_layers_forward


def generator_step(z, g, d, *, lr, saturating=False):
    x, gc = two_layers_forward(z, g)
    y, dc = two_layers_forward(x, d)
    M = z.shape[0]
    s = sigmoid_forward(y)[0]
    if saturating:
        loss = np.mean(-softplus(y))
        dy = -s / M
    else:
        loss = np.mean(softplus(-y))
        dy = -(1 - s) / M
    dx, _ = two_layers_backward(dy, dc)
    _, steps = two_layers_backward(dx, gc)
    new_g = tuple(param - lr * step for param, step in zip(g, steps))
    return loss, d, new_g
