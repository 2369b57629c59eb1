import math

import numpy as np


def init_parameters(w_shapes, *, rng):
    rng = np.random.default_rng(rng)

    def layer(shape):
        k = math.prod(shape[1:]) ** -0.5
        w = rng.uniform(-k, k, size=shape)
        b = np.zeros(shape[0])
        return w, b

    return [layer(shape) for shape in w_shapes]
