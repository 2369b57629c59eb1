import numpy as np


def adam_step(param, grad, state=None, *, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    if state is None:
        state = dict(m=np.zeros_like(param), v=np.zeros_like(param), b1=1.0, b2=1.0)
    g = grad if weight_decay == 0 else grad + weight_decay * param
    b1, b2 = state["b1"] * betas[0], state["b2"] * betas[1]
    m = betas[0] * state["m"] + (1 - betas[0]) * g
    v = betas[1] * state["v"] + (1 - betas[1]) * g * g
    below = np.sqrt(v) / np.sqrt(1 - b2) + eps
    return param - (lr / (1 - b1)) * (m / below), dict(m=m, v=v, b1=b1, b2=b2)
