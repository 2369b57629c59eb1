import numpy as np


def train_step(params, x, target, *, lr):
    w, b, v = params
    a = np.tanh(x[:, None] * w + b)
    y = a @ v
    dy = 2 * (y - target) / len(x)
    new_v = v - lr * (dy @ a)
    dz = dy[:, None] * new_v * (1 - a**2)
    new_w = w - lr * (x @ dz)
    new_b = b - lr * dz.sum(axis=0)
    return np.mean((y - target) ** 2), (new_w, new_b, new_v)
