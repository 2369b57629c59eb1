import numpy as np

from cnnlab.ops.activations import sigmoid_forward
from cnnlab.ops.gan import softplus, two_layers_backward, two_layers_forward


def sgd(params, grads, lr):
    return tuple(p - lr * dp for p, dp in zip(params, grads, strict=True))


def discriminator_step(real, z, g, d, *, lr):
    x_fake, cache_g = two_layers_forward(z, g)
    logits_r, cache_r = two_layers_forward(real, d)
    logits_f, cache_f = two_layers_forward(x_fake, d)
    loss = np.mean(softplus(-logits_r)) + np.mean(softplus(logits_f))
    _, grads_r = two_layers_backward(-sigmoid_forward(-logits_r)[0] / logits_r.size, cache_r)
    dfake, grads_f = two_layers_backward(sigmoid_forward(logits_f)[0] / logits_f.size, cache_f)
    _, grads_g = two_layers_backward(dfake, cache_g)
    grads_d = [a + b for a, b in zip(grads_r, grads_f)]
    return loss, sgd(g, grads_g, lr), sgd(d, grads_d, lr)
