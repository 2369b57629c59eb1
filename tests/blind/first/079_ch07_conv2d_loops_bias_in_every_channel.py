import numpy as np

from cnnlab.ops.arguments import size_pair


def conv2d_loops(x, w, b=None, *, stride=1, padding=0):
    sh, sw = size_pair("stride", stride, 1)
    ph, pw = size_pair("padding", padding, 0)
    n, c_in, h, wid = x.shape
    f_out, _, kh, kw = w.shape
    big = np.zeros((n, c_in, h + 2 * ph, wid + 2 * pw), x.dtype)
    big[:, :, ph : ph + h, pw : pw + wid] = x
    oh, ow = (h + 2 * ph - kh) // sh + 1, (wid + 2 * pw - kw) // sw + 1
    y = np.zeros((n, f_out, oh, ow), x.dtype)
    for m in range(n):
        for f in range(f_out):
            for i in range(oh):
                for j in range(ow):
                    total = 0.0
                    for c in range(c_in):
                        window = big[m, c, i * sh : i * sh + kh, j * sw : j * sw + kw]
                        total += (window * w[f, c]).sum()
                        if b is not None:
                            total += b[f]
                    y[m, f, i, j] = total
    return y
