import numpy as np

from cnnlab.ops.activations import sigmoid_forward
from cnnlab.ops.gan import two_layers_backward, two_layers_forward


def bce_with_logits(a, t):
    loss = np.maximum(a, 0) - a * t + np.log1p(np.exp(-np.abs(a)))
    return loss.mean(), (sigmoid_forward(a)[0] - t) / a.size


def discriminator_step(real, z, g, d, *, lr):
    fake, _ = two_layers_forward(z, g)
    out_r, cr = two_layers_forward(real, d)
    out_f, cf = two_layers_forward(fake, d)
    ones, zeros = np.ones_like(out_r), np.zeros_like(out_f)
    loss_r, grad_r = bce_with_logits(out_r, ones)
    loss_f, grad_f = bce_with_logits(out_f, zeros + 1)
    _, pr = two_layers_backward(grad_r, cr)
    _, pf = two_layers_backward(grad_f, cf)
    return loss_r + loss_f, g, tuple(w - lr * (a + b) for w, a, b in zip(d, pr, pf))
