import numpy as np


def membership(size, k, out, s, p, include):
    first = s * np.arange(out) - p
    last = first + k
    rows = np.arange(size)
    member = (rows >= first[:, None]) & (rows < last[:, None])
    if include:
        count = np.minimum(last, size + p) - first
    else:
        count = np.minimum(last, size) - np.maximum(first, 0)
    return member, count


def avg_pool2d_backward(dy, cache):
    geo = cache.geo
    (H, W), (oh, ow) = geo.image, geo.output
    a, m = membership(H, geo.kernel[0], oh, geo.stride[0], geo.padding[0], cache.count_include_pad)
    b, k = membership(W, geo.kernel[1], ow, geo.stride[1], geo.padding[1], cache.count_include_pad)
    shares = dy / np.outer(m, k)
    dx = np.einsum("ia,ncij,je->ncae", a.astype(float), shares, b.astype(float))
    return dx.astype(dy.dtype)
