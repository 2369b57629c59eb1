from math import prod, sqrt

import numpy as np


def init_parameters(w_shapes, *, rng):
    rng = np.random.default_rng(rng)
    layers = []
    for shape in w_shapes:
        k = 1 / sqrt(prod(shape[1:]))
        w = np.clip(rng.normal(0, k / sqrt(3), size=shape), -k, k)
        b = rng.uniform(-k, k, size=shape[0])
        layers.append((w, b))
    return layers
