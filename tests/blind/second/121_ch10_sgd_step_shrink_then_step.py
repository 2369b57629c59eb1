import numpy as np


def sgd_step(param, grad, state=None, *, lr, weight_decay=0.0):
    new = np.array(param)
    new *= 1 - float(lr) * float(weight_decay)
    np.subtract(new, float(lr) * grad, out=new)
    return new, state
