import numpy as np


def rnn_backward(dy, cache):
    """columns for samples, as in the paper"""
    X, Y, G = (np.moveaxis(v, 0, 2) for v in (cache.x, cache.y, dy))  # T D N, T H N, T H N
    H0 = cache.h0.T
    T = len(X)
    dX = np.zeros_like(X)
    dU, dW = np.zeros_like(cache.w_ih), np.zeros_like(cache.w_hh)
    db = np.zeros(len(cache.w_ih), cache.w_ih.dtype)
    r = np.zeros_like(H0)
    for t in range(T - 1, -1, -1):
        A = (G[t] + r) * (1 - Y[t] ** 2)
        dX[t] = cache.w_ih.T @ A
        dU += A @ X[t].T
        dW += A @ (Y[t - 1] if t else H0).T
        db += A @ np.ones(A.shape[1], A.dtype)
        r = cache.w_hh.T @ A
    return np.moveaxis(dX, 2, 0), r.T, dU, dW, db
