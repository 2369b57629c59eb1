import numpy as np


def discriminator_step(real, z, g, d, *, lr):
    gw1, gb1, gw2, gb2 = g
    fake = np.tanh(z @ gw1.T + gb1) @ gw2.T + gb2
    w1, b1, w2, b2 = d
    x = np.vstack([real, fake])
    t = np.concatenate([np.ones(len(real)), np.zeros(len(fake))])[:, None]
    weight = np.concatenate([np.full(len(real), 1 / len(real)), np.full(len(fake), 1 / len(fake))])[:, None]
    h = np.tanh(x @ w1.T + b1)
    a = h @ w2.T + b2
    loss = float((weight * (np.logaddexp(0, a) - t * a)).sum())
    da = weight * (np.exp(-np.logaddexp(0, -a)) - t)
    dh = da @ w2
    dz = dh - dh * h * h
    return loss, g, (w1 - lr * dz.T @ x, b1 - lr * dz.sum(0), w2 - lr * da.T @ h, b2 - lr * da.sum(0))
