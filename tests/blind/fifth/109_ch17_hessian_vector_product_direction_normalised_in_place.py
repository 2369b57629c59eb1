import numpy as np


def hessian_vector_product(gradient, w, v, *, h=1e-5):
    length = np.linalg.norm(v)
    if length == 0:
        return np.zeros_like(w)
    eps = h * length
    v /= length
    return (gradient(w + eps * v) - gradient(w - eps * v)) / (2 * h)
