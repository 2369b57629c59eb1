import numpy as np


def hessian_vector_product(gradient, w, v, *, h=1e-5):
    ahead = np.array(gradient(w + h * v))
    behind = np.array(gradient(w - h * v))
    return (ahead - behind) / h
