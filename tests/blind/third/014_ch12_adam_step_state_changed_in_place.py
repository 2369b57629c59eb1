import numpy as np


def adam_step(param, grad, state=None, *, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    if state is None:
        state = [0, np.zeros_like(param), np.zeros_like(param)]
    t, m, v = state
    grad = grad + weight_decay * param
    m *= betas[0]
    m += (1 - betas[0]) * grad
    v *= betas[1]
    v += (1 - betas[1]) * grad**2
    t += 1
    step = m / (1 - betas[0] ** t) / (np.sqrt(v / (1 - betas[1] ** t)) + eps)
    return param - lr * step, [t, m, v]
