import numpy as np

from cnnlab.ops.activations import sigmoid_forward
from cnnlab.ops.gan import softplus, two_layers_backward, two_layers_forward


def discriminator_step(real, z, g, d, *, lr):
    def run(x, sign):
        """loss and gradients of mean softplus(sign * D(x))"""
        y, cache = two_layers_forward(x, d)
        slope = sign * sigmoid_forward(sign * y)[0]
        return softplus(sign * y).mean(), two_layers_backward(slope / y.shape[0], cache)[1]

    fakes, _ = two_layers_forward(z, g)
    (loss_r, grad_r), (loss_f, grad_f) = run(real, -1), run(fakes, +1)
    updated = []
    for i in range(len(d)):
        updated.append(d[i] - lr * (grad_r[i] + grad_f[i]))
    return loss_r + loss_f, g, tuple(updated)
