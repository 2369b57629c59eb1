import numpy as np


def adamw_step(param, grad, state=None, *, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
    t, m, v = (0, 0.0 * param, 0.0 * param) if state is None else state
    t = t + 1
    m, v = betas[0] * m + (1 - betas[0]) * grad, betas[1] * v + (1 - betas[1]) * grad**2
    direction = (m / (1 - betas[0] ** t)) / (np.sqrt(v / (1 - betas[1] ** t)) + eps)
    return param - lr * (direction + weight_decay * param), (t, m, v)
