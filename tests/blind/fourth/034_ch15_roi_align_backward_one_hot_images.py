import numpy as np


def roi_align_backward(dy, cache):
    belongs = (cache.image[:, None] == np.arange(cache.x_shape[0])).astype(dy.dtype)
    return np.einsum("kn,kia,kcij,kje->ncae", belongs, cache.rows, dy, cache.columns, optimize=True)
