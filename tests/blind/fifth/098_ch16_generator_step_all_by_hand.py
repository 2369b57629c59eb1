import numpy as np


def generator_step(z, g, d, *, lr, saturating=False):
    (w1, b1, w2, b2), (v1, c1, v2, c2) = g, d
    h = np.tanh(z.dot(w1.T) + b1)
    x = h.dot(w2.T) + b2
    k = np.tanh(x.dot(v1.T) + c1)
    a = k.dot(v2.T) + c2
    t = a if saturating else -a
    loss = (np.maximum(t, 0) + np.log1p(np.exp(-abs(t)))).mean()
    loss = -loss if saturating else loss
    e = np.exp(-abs(t))
    sig = np.where(t >= 0, 1, e) / (1 + e)
    da = -sig / len(z)
    dk = da.dot(v2)
    dx = (dk - dk * k**2).dot(v1)
    dz = dx.dot(w2) * (1 - h) * (1 + h)
    new = w1 - lr * dz.T.dot(z), b1 - lr * dz.sum(axis=0), w2 - lr * dx.T.dot(h), b2 - lr * dx.sum(axis=0)
    return loss, new, d
