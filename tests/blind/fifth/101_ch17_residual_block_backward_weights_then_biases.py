import numpy as np


def residual_block_backward(dy, cache):
    a = np.maximum(cache.z, 0)
    grads = {"w2": dy.T @ a, "b2": dy.sum(0)}
    da = dy @ cache.w2
    da[cache.z <= 0] = 0
    grads["w1"] = da.T @ cache.x
    grads["b1"] = da.sum(0)
    grads["x"] = dy + da @ cache.w1
    return tuple(grads[k] for k in ("x", "w1", "w2", "b1", "b2"))
