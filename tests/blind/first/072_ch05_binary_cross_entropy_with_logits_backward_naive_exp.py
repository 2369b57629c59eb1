import numpy as np


def binary_cross_entropy_with_logits_backward(dy, cache):
    logits, target, reduction = cache
    e = np.exp(logits)
    p = e / (1 + e)
    grad = (p - target) * dy
    if reduction == "mean" and grad.size:
        grad = grad / grad.size
    return np.asarray(grad, dtype=logits.dtype)
