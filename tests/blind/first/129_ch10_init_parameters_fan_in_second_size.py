import numpy as np


def init_parameters(w_shapes, *, rng):
    rng = np.random.default_rng(rng)
    pairs = []
    for shape in w_shapes:
        fan_in = shape[1]
        k = 1 / np.sqrt(fan_in)
        pairs.append((rng.uniform(-k, k, shape), rng.uniform(-k, k, shape[0])))
    return pairs
