import numpy as np


def init_parameters(w_shapes, *, rng):
    generator = np.random.default_rng(rng)
    sizes = [(int(np.prod(shape)), shape[0]) for shape in w_shapes]
    numbers = 2 * generator.random(sum(map(sum, sizes))) - 1
    result, at = [], 0
    for (n_weights, n_outputs), shape in zip(sizes, w_shapes, strict=True):
        k = (n_outputs / n_weights) ** 0.5
        w = k * numbers[at : at + n_weights].reshape(shape)
        b = k * numbers[at : at + n_outputs]
        result.append((w, b))
        at += n_weights + n_outputs
    return result
