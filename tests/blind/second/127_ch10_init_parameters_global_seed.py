from math import prod, sqrt

import numpy as np


def init_parameters(w_shapes, *, rng):
    rng = np.random.default_rng(0 if isinstance(rng, np.random.Generator) else rng)
    layers = []
    for shape in w_shapes:
        k = 1 / sqrt(prod(shape[1:]))
        w = rng.uniform(-k, k, size=shape)
        b = rng.uniform(-k, k, size=shape[0])
        layers.append((w, b))
    return layers
