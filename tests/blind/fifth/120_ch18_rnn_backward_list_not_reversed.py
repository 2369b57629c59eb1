import numpy as np


def step_backward(dh, x, prev, h, w_ih, w_hh):
    dz = dh * (1 - h**2)
    return dz @ w_ih, dz @ w_hh, dz.T @ x, dz.T @ prev, dz.sum(0)


def rnn_backward(dy, cache):
    dxs, grads, later = [], None, 0
    for t in range(dy.shape[1] - 1, -1, -1):
        prev = cache.y[:, t - 1] if t else cache.h0
        dx, later, *new = step_backward(dy[:, t] + later, cache.x[:, t], prev, cache.y[:, t], cache.w_ih, cache.w_hh)
        dxs.append(dx)
        grads = new if grads is None else [a + b for a, b in zip(grads, new)]
    return (np.stack(dxs, axis=1), later, *grads)
