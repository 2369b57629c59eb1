import numpy as np

T = 0


def adam_step(param, grad, state=None, *, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    global T
    T += 1
    m, v = (np.zeros_like(param), np.zeros_like(param)) if state is None else state
    grad = grad + weight_decay * param
    m = betas[0] * m + (1 - betas[0]) * grad
    v = betas[1] * v + (1 - betas[1]) * grad**2
    step = m / (1 - betas[0] ** T) / (np.sqrt(v / (1 - betas[1] ** T)) + eps)
    return param - lr * step, (m, v)
