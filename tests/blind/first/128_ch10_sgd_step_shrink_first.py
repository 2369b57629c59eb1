import numpy as np


def sgd_step(param, grad, state=None, *, lr, weight_decay=0.0):
    new = np.array(param, copy=True)
    new *= 1 - lr * weight_decay
    new -= np.multiply(grad, lr, dtype=new.dtype)
    return new, None
