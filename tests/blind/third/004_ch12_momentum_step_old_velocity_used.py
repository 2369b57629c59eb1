def momentum_step(param, grad, state=None, *, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
    grad = grad + weight_decay * param
    if state is None:
        return param - lr * (grad * (1 + momentum) if nesterov else grad), grad
    new = grad if momentum == 0 else momentum * state + (1 - dampening) * grad
    step = grad + momentum * new if nesterov else state
    return param - lr * step, new
