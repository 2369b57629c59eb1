import numpy as np


def sgd_step(param, grad, state=None, *, lr, weight_decay=0.0):
    return param - lr * grad - weight_decay * param, None
