def momentum_step(param, grad, state=None, *, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
    grad = grad + weight_decay * param
    if momentum == 0:
        return param - lr * grad, None
    if state is None:
        moved = -lr * grad
    else:
        moved = momentum * state - lr * (1 - dampening) * grad
    if nesterov:
        return param - lr * grad + momentum * moved, moved
    return param + moved, moved
