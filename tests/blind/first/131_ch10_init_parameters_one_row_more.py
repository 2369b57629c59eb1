import numpy as np


def init_parameters(w_shapes, *, rng):
    generator = np.random.default_rng(rng)
    made = []
    for out, *rest in w_shapes:
        fan_in = int(np.prod(rest))
        unit = 2 * generator.random((fan_in + 1, out)) - 1
        table = unit.T / np.sqrt(fan_in)
        made.append((table[:, :-1].reshape(out, *rest), table[:, -1].copy()))
    return made
