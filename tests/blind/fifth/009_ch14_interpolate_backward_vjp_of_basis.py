import numpy as np


def interpolate_backward(dy, cache):
    """dx[a, e] = <dy, response to a 1 at (a, e)>."""
    R, Q = cache
    out = np.empty(dy.shape[:2] + (R.shape[1], Q.shape[1]), np.result_type(dy, R))
    for a in range(R.shape[1]):
        for e in range(Q.shape[1]):
            response = R[:, a][:, None] * Q[:, e][None, :]
            out[:, :, a, e] = (dy * response).sum(axis=(2, 3))
    return out
