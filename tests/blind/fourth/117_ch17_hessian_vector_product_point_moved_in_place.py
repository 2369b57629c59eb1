import numpy as np


def hessian_vector_product(gradient, w, v, *, h=1e-5):
    point = np.array(w)
    point += h * v
    first = gradient(point).copy()
    point -= 2 * h * v
    second = gradient(point).copy()
    return 0.5 * (first - second) / h
