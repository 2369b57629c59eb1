import numpy as np


def hessian_vector_product(gradient, w, v, *, h=1e-5):
    out = np.zeros(np.shape(w))
    for k in np.ndindex(out.shape):
        step = np.zeros(out.shape)
        step[k] = h * v[k]
        slope = (gradient(w + step) - gradient(w - step)) / (2 * h)
        out[k] += slope[k]
    return out
