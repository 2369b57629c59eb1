import numpy as np


def momentum_step(param, grad, state=None, *, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
    force = -(grad + weight_decay * param)
    if momentum == 0:
        return param + lr * force, state
    if state is None:
        speed = np.array(force)
    else:
        speed = momentum * state["speed"] + (1.0 - dampening) * force
    if nesterov:
        return param + lr * (force + momentum * speed), {"speed": speed}
    return param + lr * speed, {"speed": speed}
