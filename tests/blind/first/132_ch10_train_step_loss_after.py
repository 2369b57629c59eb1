import numpy as np

from cnnlab.ops.network import network_backward, network_forward, squared_error


def train_step(params, x, target, *, lr):
    y, cache = network_forward(params, x)
    loss, dy = squared_error(y, target)
    grads = network_backward(dy, cache)
    new = tuple(p - lr * g for p, g in zip(params, grads))
    loss, _ = squared_error(network_forward(new, x)[0], target)
    return loss, new
