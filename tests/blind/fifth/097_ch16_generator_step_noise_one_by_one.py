import numpy as np

from cnnlab.ops.gan import two_layers_backward, two_layers_forward


def generator_step(z, g, d, *, lr, saturating=False):
    M = len(z)
    loss, total = 0.0, [0.0] * 4
    for k in range(M):
        x, c1 = two_layers_forward(z[k : k + 1], g)
        a, c2 = two_layers_forward(x, d)
        if saturating:
            loss += -np.logaddexp(0, a[0, 0]) / M
            slope = -np.exp(-np.logaddexp(0, -a))
        else:
            loss += np.logaddexp(0, -a[0, 0]) / M
            slope = -np.exp(-np.logaddexp(0, a))
        dx, _ = two_layers_backward(slope / M, c2)
        _, grads = two_layers_backward(dx, c1)
        total = [t + p for t, p in zip(total, grads)]
    return loss, tuple(p - lr * t for p, t in zip(g, total)), d
