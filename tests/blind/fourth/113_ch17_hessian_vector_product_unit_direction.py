import numpy as np


def hessian_vector_product(gradient, w, v, *, h=1e-5):
    v = v / np.linalg.norm(v)
    ahead = np.array(gradient(w + h * v))
    behind = np.array(gradient(w - h * v))
    return (ahead - behind) / (2 * h)
