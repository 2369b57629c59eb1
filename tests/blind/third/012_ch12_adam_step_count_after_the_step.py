import numpy as np


def adam_step(param, grad, state=None, *, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    if state is None:
        state = (np.zeros_like(param), np.zeros_like(param), 0)
    m, v, t = state
    grad = grad + weight_decay * param
    m = betas[0] * m + (1 - betas[0]) * grad
    v = betas[1] * v + (1 - betas[1]) * grad**2
    m_hat = m / (1 - betas[0] ** t)
    v_hat = v / (1 - betas[1] ** t)
    t += 1
    return param - lr * m_hat / (np.sqrt(v_hat) + eps), (m, v, t)
