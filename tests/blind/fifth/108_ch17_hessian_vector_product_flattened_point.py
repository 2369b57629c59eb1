import numpy as np


def hessian_vector_product(gradient, w, v, *, h=1e-5):
    flat, direction = w.ravel(), v.ravel()
    up = gradient(flat + h * direction)
    down = gradient(flat - h * direction)
    return ((up - down) / (2 * h)).reshape(w.shape)
