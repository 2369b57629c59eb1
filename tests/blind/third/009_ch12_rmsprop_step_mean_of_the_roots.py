import numpy as np


def rmsprop_step(param, grad, state=None, *, lr, alpha=0.99, eps=1e-8, weight_decay=0.0, momentum=0.0, centered=False):
    grad = grad + weight_decay * param
    if state is None:
        state = (np.zeros_like(param), np.zeros_like(param), np.zeros_like(param))
    size, mean, buffer = state
    size = alpha * size + (1 - alpha) * np.sqrt(grad**2)
    mean = alpha * mean + (1 - alpha) * grad
    below = np.sqrt(np.maximum(size**2 - mean**2, 0)) if centered else size
    buffer = momentum * buffer + grad / (below + eps)
    return param - lr * buffer, (size, mean, buffer)
