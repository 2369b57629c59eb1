import numpy as np


def averaging(size, out):
    matrix = np.zeros((out, size), np.float32)
    for i in range(out):
        begin, end = i * size // out, ((i + 1) * size + out - 1) // out
        matrix[i, begin:end] = 1 / (end - begin)
    return matrix


def adaptive_avg_pool2d_backward(dy, cache):
    rows = averaging(cache.x_shape[2], cache.y_shape[2])
    columns = averaging(cache.x_shape[3], cache.y_shape[3])
    return (rows.T @ dy.astype(np.float32) @ columns).astype(dy.dtype)
