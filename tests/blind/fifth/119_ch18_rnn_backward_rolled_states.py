import numpy as np


def rnn_backward(dy, cache):
    y = cache.y
    before = np.roll(y, 1, axis=1)
    slope = 1 - y * y
    delta = np.zeros_like(y)
    carry = np.zeros_like(cache.h0)
    for t in range(y.shape[1])[::-1]:
        delta[:, t] = slope[:, t] * (dy[:, t] + carry)
        carry = delta[:, t] @ cache.w_hh
    flat = delta.reshape(y.shape[0] * y.shape[1], y.shape[2])
    dw_ih = flat.T @ cache.x.reshape(len(flat), cache.x.shape[2])
    dw_hh = flat.T @ before.reshape(len(flat), y.shape[2])
    return delta @ cache.w_ih, carry, dw_ih, dw_hh, flat.sum(0)
