import numpy as np


def leaky_relu_backward(dy, cache):
    mask = (cache.x > 0).astype(cache.x.dtype)
    slope = mask + (1 - mask) * (1 - cache.negative_slope)
    return dy * slope
