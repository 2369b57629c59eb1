import numpy as np

from cnnlab.ops.activations import sigmoid_forward
from cnnlab.ops.gan import softplus, two_layers_backward, two_layers_forward


def generator_step(z, g, d, *, lr, saturating=False):
    new_g = [np.asarray(p) for p in g]
    out, cache_g = two_layers_forward(z, g)
    a, cache_d = two_layers_forward(out, d)
    loss = -softplus(a).mean() if saturating else softplus(-a).mean()
    da = -sigmoid_forward(a if saturating else -a)[0] / len(a)
    dout, _ = two_layers_backward(da, cache_d)
    _, grads = two_layers_backward(dout, cache_g)
    for p, grad in zip(new_g, grads):
        p -= lr * grad
    return float(loss), tuple(new_g), d
