import numpy as np

from cnnlab.ops.arguments import size_pair


def conv2d_input_grad(dy, w, x_shape, *, stride=1, padding=0, dilation=1, groups=1):
    sh, sw = size_pair("stride", stride, 1)
    ph, pw = size_pair("padding", padding, 0)
    dh, dv = size_pair("dilation", dilation, 1)
    n, c, h, wid = x_shape
    f, cg, kh, kw = w.shape
    oh, ow = dy.shape[2:]

    def users(size, k, s, p, d, o):
        """For every cell the pairs (output place, tap) that met it."""
        found = []
        for a in range(size):
            places = [divmod(a + p - d * u, s) + (u,) for u in range(k)]
            found.append([(i, u) for i, rest, u in places if rest == 0 and 0 <= i < o])
        return found

    up = dy.reshape(n, groups, f // groups, oh, ow)
    filters = w.reshape(groups, f // groups, cg, kh, kw)
    dx = np.zeros((n, groups, cg, h, wid), np.result_type(dy, w))
    for a, by_row in enumerate(users(h, kh, sh, ph, dh, oh)):
        for e, by_column in enumerate(users(wid, kw, sw, pw, dv, ow)):
            for i, u in by_row:
                for j, v in by_column:
                    dx[..., a, e] += np.einsum("ngf,gfc->ngc", up[..., i, j], filters[..., u, v])
    return dx.reshape(x_shape)
