import numpy as np


def train_step(params, x, target, *, lr):
    w, b, v = params
    hidden = np.tanh(np.outer(x, w) + b)
    error = hidden.dot(v) - target
    loss = np.square(error).mean()
    upstream = error * (2 / error.size)
    through = np.outer(upstream, v) * (1 - hidden**2)
    updated = w - lr * (through.T @ x), b - lr * through.sum(axis=0), v - lr * (hidden.T @ upstream)
    return loss, updated
