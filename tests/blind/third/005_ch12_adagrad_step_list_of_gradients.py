import numpy as np


def adagrad_step(
    param, grad, state=None, *, lr, lr_decay=0.0, weight_decay=0.0, initial_accumulator_value=0.0, eps=1e-10
):
    past = [] if state is None else list(state)
    past = [*past, grad + weight_decay * param]
    total = initial_accumulator_value + sum(np.square(g) for g in past)
    rate = lr / (1 + (len(past) - 1) * lr_decay)
    return param - rate * past[-1] / (total**0.5 + eps), past
