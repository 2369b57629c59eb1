import numpy as np

from cnnlab.ops.conv import conv2d_forward


def two(v):
    return tuple(v) if isinstance(v, (tuple, list)) else (v, v)


def conv_transpose2d_backward(dy, cache):
    how = dict(stride=cache.stride, padding=cache.padding, dilation=cache.dilation, groups=cache.groups)
    N, C, H, W = cache.x.shape
    dx, _ = conv2d_forward(dy, cache.w, **how)
    dx = dx[:, :, :H, :W].copy()
    _, Fg, kh, kw = cache.w.shape
    (sh, sw), (ph, pw), (dh, dv) = two(cache.stride), two(cache.padding), two(cache.dilation)
    pad = np.pad(dy, ((0, 0), (0, 0), (ph, ph + sh * H), (pw, pw + sw * W)))
    Cg = C // cache.groups
    parts = []
    for g in range(cache.groups):
        xs = cache.x[:, g * Cg : (g + 1) * Cg]
        ys = pad[:, g * Fg : (g + 1) * Fg]
        cols = np.stack(
            [
                ys[:, :, u * dh : u * dh + sh * H : sh, v * dv : v * dv + sw * W : sw][:, :, :H, :W]
                for u in range(kh)
                for v in range(kw)
            ],
            axis=2,
        )  # N Fg kh*kw H W
        M = np.tensordot(cols, xs, axes=([0, 3, 4], [0, 2, 3]))  # Fg kh*kw Cg
        parts.append(M.reshape(Cg, Fg, kh, kw))
    dw = np.concatenate(parts)
    db = dy.sum((0, 2, 3)) if cache.b is not None else None
    return dx, dw, db
