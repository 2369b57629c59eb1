import numpy as np

from cnnlab.ops.arguments import size_pair


def conv2d_input_grad(dy, w, x_shape, *, stride=1, padding=0, dilation=1, groups=1):
    options = [size_pair(name, value, least) for name, value, least in
               (("stride", stride, 1), ("padding", padding, 0), ("dilation", dilation, 1))]
    n, c, *image = x_shape
    f, cg, *kernel = w.shape

    def selector(axis):
        s, p, d = (pair[axis] for pair in options)
        size, k, o = image[axis], kernel[axis], dy.shape[2 + axis]
        at = s * np.arange(o)[:, None] + d * np.arange(k) - p
        return (at[..., None] == np.arange(size)).astype(w.dtype)

    rows, columns = selector(0), selector(1)
    up = dy.reshape(n, groups, f // groups, *dy.shape[2:])
    filters = w.reshape(groups, f // groups, cg, *kernel)
    wide = np.einsum("ngfij,gfcuv->ngcijuv", up, filters)
    half = np.tensordot(wide, rows, axes=((3, 5), (0, 1)))
    dx = np.tensordot(half, columns, axes=((3, 4), (0, 1)))
    return np.ascontiguousarray(dx.reshape(x_shape)).astype(np.result_type(dy, w))
