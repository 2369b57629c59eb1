import numpy as np


def rnn_backward(dy, cache):
    x, h0, w_ih, w_hh, y = cache
    N, T, D = x.shape
    g = dict(dx=np.zeros_like(x), dw_ih=0, dw_hh=0, db=0)
    dnext = np.zeros((N, w_hh.shape[0]), y.dtype)
    for t in range(T)[::-1]:
        h_prev = y[:, t - 1] if t >= 1 else h0
        dh = dy[:, t] + dnext
        draw = (1 - y[:, t] * y[:, t]) * dh
        g["db"] += draw.sum(axis=0)
        g["dw_ih"] += np.dot(draw.T, x[:, t])
        g["dw_hh"] += np.dot(draw.T, h_prev)
        g["dx"][:, t] = np.dot(draw, w_ih)
        dnext = np.dot(draw, w_hh)
    return g["dx"], draw, g["dw_ih"], g["dw_hh"], g["db"]
