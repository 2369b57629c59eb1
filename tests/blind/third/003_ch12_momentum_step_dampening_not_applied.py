def momentum_step(param, grad, state=None, *, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
    g = grad + weight_decay * param
    velocity = g.copy() if state is None else momentum * state + g
    if nesterov:
        g = g + momentum * velocity
    else:
        g = velocity
    return param - lr * g, velocity
