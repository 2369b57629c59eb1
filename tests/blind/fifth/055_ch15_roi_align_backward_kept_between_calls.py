import numpy as np

_buffers = {}


def roi_align_backward(dy, cache):
    key = cache.x_shape, dy.dtype
    if key not in _buffers:
        _buffers[key] = np.zeros(*key)
    dx = _buffers[key]
    for r, (n, v, e) in enumerate(zip(cache.image, cache.rows, cache.columns)):
        dx[n] += v.T @ dy[r] @ e
    return dx
