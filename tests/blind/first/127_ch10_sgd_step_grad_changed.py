import numpy as np


def sgd_step(param, grad, state=None, *, lr, weight_decay=0.0):
    if weight_decay:
        grad += weight_decay * param
    return param - lr * grad, None
