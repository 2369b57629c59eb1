import numpy as np


def adam_step(param, grad, state=None, *, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    zeros = np.zeros_like(param)
    t, m, v, top = (0, zeros, zeros, zeros) if state is None else state
    grad = grad + weight_decay * param
    t, m, v = t + 1, betas[0] * m + (1 - betas[0]) * grad, betas[1] * v + (1 - betas[1]) * grad**2
    top = np.maximum(top, v / (1 - betas[1] ** t))
    return param - lr * (m / (1 - betas[0] ** t)) / (np.sqrt(top) + eps), (t, m, v, top)
