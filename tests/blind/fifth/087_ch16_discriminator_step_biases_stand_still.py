import numpy as np

from cnnlab.ops.activations import sigmoid_forward
from cnnlab.ops.gan import softplus, two_layers_backward, two_layers_forward


def discriminator_step(real, z, g, d, *, lr):
    w1, b1, w2, b2 = d
    y_r, c_r = two_layers_forward(real, d)
    y_f, c_f = two_layers_forward(two_layers_forward(z, g)[0], d)
    _, (dw1, db1, dw2, db2) = two_layers_backward(-sigmoid_forward(-y_r)[0] / len(y_r), c_r)
    _, (ew1, eb1, ew2, eb2) = two_layers_backward(sigmoid_forward(y_f)[0] / len(y_f), c_f)
    w1 = w1 - lr * (dw1 + ew1)
    w2 = w2 - lr * (dw2 + ew2)
    b1, b2 = b1 + 0, b2 + 0
    return softplus(-y_r).mean() + softplus(y_f).mean(), g, (w1, b1, w2, b2)
