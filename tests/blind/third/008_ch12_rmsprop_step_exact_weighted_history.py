import numpy as np


def rmsprop_step(param, grad, state=None, *, lr, alpha=0.99, eps=1e-8, weight_decay=0.0, momentum=0.0, centered=False):
    grad = grad + weight_decay * param
    if state is None:
        state = {"second": 0 * param, "first": 0 * param, "buffer": 0 * param}
    second = state["second"] + (1 - alpha) * (grad * grad - state["second"])
    first = state["first"] + (1 - alpha) * (grad - state["first"])
    under = np.clip(second - first * first, 0, None) if centered else second
    buffer = momentum * state["buffer"] + grad / (np.sqrt(under) + eps)
    return param - lr * buffer, {"second": second, "first": first, "buffer": buffer}
