import numpy as np


def rnn_backward(dy, cache):
    x, h0, w_ih, w_hh, y = cache
    dx = np.empty_like(x)
    dw_ih, dw_hh = np.zeros_like(w_ih), np.zeros_like(w_hh)
    db = np.zeros(len(w_hh), w_hh.dtype)
    later = np.zeros_like(h0)
    for t in reversed(range(x.shape[1])):
        before = y[:, t - 1] if t > 0 else h0
        da = (dy[:, t] + later) * (1 - y[:, t] ** 2)
        dx[:, t] = da @ w_ih
        dw_ih = da.T @ x[:, t]
        dw_hh += da.T @ before
        db += da.sum(axis=0)
        later = da @ w_hh
    return dx, later, dw_ih, dw_hh, db
