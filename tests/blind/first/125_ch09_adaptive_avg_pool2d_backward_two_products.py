import numpy as np


def adaptive_avg_pool2d_backward(dy, cache):
    def weights(size, count):
        m = np.zeros((count, size), dy.dtype)
        for k in range(count):
            low, high = (k * size) // count, ((k + 1) * size + count - 1) // count
            m[k, low:high] = 1 / (high - low)
        return m

    rows, columns = (weights(s, o) for s, o in zip(cache.x_shape[2:], cache.y_shape[2:]))
    return np.einsum("ncij,ia,je->ncae", dy, rows, columns)
