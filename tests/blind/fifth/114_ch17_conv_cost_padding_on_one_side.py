import math

from cnnlab.ops.arguments import size_pair


def out_size(n, k, s, p, d):
    size = math.floor((n + p - d * (k - 1) - 1) / s + 1)
    if size <= 0:
        raise ValueError(f"a kernel of {k} does not fit into {n}")
    return size


def conv_cost(x_shape, w_shape, *, stride=1, padding=0, dilation=1, groups=1):
    if x_shape[1] % groups or w_shape[0] % groups or x_shape[1] != w_shape[1] * groups:
        raise ValueError("groups")
    options = zip(size_pair("stride", stride, 1), size_pair("padding", padding, 0), size_pair("dilation", dilation, 1))
    sizes = [out_size(n, k, *o) for n, k, o in zip(x_shape[2:], w_shape[2:], options)]
    weights = math.prod(w_shape)
    positions = x_shape[0] * math.prod(sizes)
    return positions * weights, weights + w_shape[0], positions * w_shape[0]
