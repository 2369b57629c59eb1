import numpy as np


def sgd_step(param, grad, state=None, *, lr, weight_decay=0.0):
    direction = grad
    direction += weight_decay * param
    return param - lr * direction, None
