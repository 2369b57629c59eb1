import numpy as np

from cnnlab.ops.network import network_backward, network_forward, squared_error


def train_step(params, x, target, *, lr):
    y, cache = network_forward(params, x)
    loss, dy = squared_error(y, target)
    grads = network_backward(dy, cache)
    for p, g in zip(params, grads, strict=True):
        p -= lr * g
    new = tuple(params)
    return loss, new
