import numpy as np


def rmsprop_step(param, grad, state=None, *, lr, alpha=0.99, eps=1e-8, weight_decay=0.0, momentum=0.0, centered=False):
    grad = grad + weight_decay * param
    zeros = np.zeros_like(param)
    square, mean, buffer = (zeros, zeros, zeros) if state is None else state
    square = alpha * square + (1 - alpha) * grad**2
    mean = alpha * mean + (1 - alpha) * grad
    spread = np.maximum(square - mean**2, 0) if centered else square
    step = momentum * buffer + grad / (np.sqrt(spread) + eps)
    return param - lr * step, (square, mean, buffer)
