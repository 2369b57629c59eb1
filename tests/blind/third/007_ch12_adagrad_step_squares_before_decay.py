import numpy as np


def adagrad_step(
    param, grad, state=None, *, lr, lr_decay=0.0, weight_decay=0.0, initial_accumulator_value=0.0, eps=1e-10
):
    t, total = (0, np.full_like(param, initial_accumulator_value)) if state is None else state
    total = total + grad**2
    grad = grad + weight_decay * param
    rate = lr / (1 + t * lr_decay)
    return param - rate * grad / (np.sqrt(total) + eps), (t + 1, total)
