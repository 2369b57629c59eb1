import numpy as np


def hessian_vector_product(gradient, w, v, *, h=1e-5):
    w = np.asarray(w, dtype=np.float32)
    v = np.asarray(v, dtype=np.float32)
    a = gradient(w + np.float32(h) * v)
    b = gradient(w - np.float32(h) * v)
    return ((a - b) / (2 * h)).astype(np.float64)
