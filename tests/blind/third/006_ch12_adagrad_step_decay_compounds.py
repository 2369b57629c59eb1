import numpy as np


def adagrad_step(
    param, grad, state=None, *, lr, lr_decay=0.0, weight_decay=0.0, initial_accumulator_value=0.0, eps=1e-10
):
    if state is None:
        state = (lr, np.full_like(param, initial_accumulator_value))
    rate, total = state
    g = grad + weight_decay * param
    total = total + g * g
    new = param - rate * g / (np.sqrt(total) + eps)
    return new, (rate / (1 + lr_decay), total)
