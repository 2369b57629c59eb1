import numpy as np


def directional_check(f, dx, x, dy, v, *, h=1e-5):
    def along(a, b):
        a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
        return float(np.tensordot(a, b, axes=a.ndim))

    here = np.array(x, dtype=np.float64)
    step = h * np.asarray(v, dtype=np.float64)
    return (along(dy, f(here + step)) - along(dy, f(here - step))) / h / 2, along(dx, v)
