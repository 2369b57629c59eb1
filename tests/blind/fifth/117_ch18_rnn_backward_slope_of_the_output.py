import numpy as np


def rnn_backward(dy, cache):
    x, h0, w_ih, w_hh, y = cache
    dx = np.zeros_like(x)
    dwi, dwh, db = np.zeros_like(w_ih), np.zeros_like(w_hh), np.zeros(len(w_ih), w_ih.dtype)
    back = np.zeros_like(h0)
    for t in range(x.shape[1] - 1, -1, -1):
        prev = h0 if t == 0 else y[:, t - 1]
        da = (dy[:, t] + back) * (1 - np.tanh(y[:, t]) ** 2)
        dx[:, t] = da @ w_ih
        dwi += da.T @ x[:, t]
        dwh += da.T @ prev
        db += da.sum(axis=0)
        back = da @ w_hh
    return dx, back, dwi, dwh, db
