import numpy as np

from cnnlab.ops.arguments import size_pair


def conv2d_loops(x, w, b=None, *, stride=1, padding=0):
    (sh, sw), (ph, pw) = size_pair("stride", stride, 1), size_pair("padding", padding, 0)
    n_images, _, rows, columns = x.shape
    filters, channels, kh, kw = w.shape
    oh, ow = (rows + 2 * ph - kh) // sh + 1, (columns + 2 * pw - kw) // sw + 1
    y = np.zeros((n_images, filters, oh, ow), np.result_type(x, w))
    for f in range(filters):
        start = 0.0 if b is None else float(b[f])
        for n, i, j in np.ndindex(n_images, oh, ow):
            total = start
            for c in range(channels):
                for u in range(kh):
                    a = i * sh + u - ph
                    if not 0 <= a < rows:
                        continue
                    for v in range(kw):
                        e = j * sw + v - pw
                        if 0 <= e < columns:
                            total += float(w[f, c, u, v]) * float(x[n, c, a, e])
            y[n, f, i, j] = total
    return y
