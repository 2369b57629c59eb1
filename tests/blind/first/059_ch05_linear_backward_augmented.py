from math import prod

import numpy as np


def linear_backward(dy, cache):
    x, w, b = cache
    n = prod(x.shape[:-1])
    rows = x.reshape(n, x.shape[-1])
    g = dy.reshape(n, len(w))
    with_one = np.hstack([rows, np.ones((n, 1), x.dtype)])
    both = np.dot(with_one.T, g).T
    dx = np.stack([w.T @ one for one in g]).reshape(x.shape) if n else np.zeros_like(x)
    return dx, both[:, :-1].copy(), None if b is None else both[:, -1].copy()
