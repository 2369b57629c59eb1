import numpy as np


def gcn_backward(dy, cache):
    support = cache.adjacency @ cache.x
    z = support @ cache.w.T
    dz = dy * (z > 0)
    dw = np.einsum("vf,vc->fc", dz, support)
    dx = np.einsum("ji,jf,fc->ic", cache.adjacency, dz, cache.w)
    return dx, dw, np.einsum("vf->f", dz)
