import numpy as np


def softmax_backward(dy, cache):
    y = cache.y
    inner = np.sum(dy * y, axis=-1, keepdims=True)
    return y * (dy - inner)
