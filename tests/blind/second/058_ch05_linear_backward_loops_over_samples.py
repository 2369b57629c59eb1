import numpy as np


def linear_backward(dy, cache):
    x, w, b = cache
    dx, dw = np.zeros_like(x), np.zeros(w.shape, w.dtype, order="F")
    db = None if b is None else np.zeros_like(b)
    for n in np.ndindex(x.shape[:-1]):
        for o in range(w.shape[0]):
            g = dy[n + (o,)]
            dx[n] += g * w[o]
            dw[o] += g * x[n]
            if b is not None:
                db[o] += g
    return dx, dw, db
