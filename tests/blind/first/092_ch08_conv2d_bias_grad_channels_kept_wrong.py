import numpy as np


def conv2d_bias_grad(dy):
    return np.sum(dy, axis=(1, 2, 3))
