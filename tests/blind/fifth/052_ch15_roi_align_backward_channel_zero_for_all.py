import numpy as np


def roi_align_backward(dy, cache):
    dx = np.zeros(cache.x_shape, dy.dtype)
    C = cache.x_shape[1]
    for r, image in enumerate(cache.image):
        rows, columns = cache.rows[r], cache.columns[r]
        for c in range(C):
            back = rows.T.dot(dy[r, 0]).dot(columns)
            dx[image, c] = dx[image, c] + back
    return dx
