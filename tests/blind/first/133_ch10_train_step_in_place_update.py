import numpy as np

from cnnlab.ops.network import network_backward, network_forward, squared_error


def train_step(params, x, target, *, lr):
    y, cache = network_forward(params, x)
    loss, dy = squared_error(y, target)
    new = []
    for p, g in zip(params, network_backward(dy, cache), strict=True):
        p -= lr * g
        new.append(p)
    return loss, tuple(new)
