"""Chapter 14: transposed convolution: mistakes that must be caught, and right answers of another kind."""

import numpy as np

from tests.rejects import right, wrong


def pair(size):
    return (size, size) if np.ndim(size) == 0 else tuple(size)


def passes(dy, cache):
    """Every kernel position with its slice of the padded dy: the cells on which x was laid there."""
    (sh, sw), (ph, pw), (dh, dw) = map(pair, (cache.stride, cache.padding, cache.dilation))
    h, w = cache.x.shape[2:]
    padded = np.pad(dy, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    for u, v in np.ndindex(*cache.w.shape[2:]):
        yield u, v, padded[:, :, dh * u : dh * u + sh * (h - 1) + 1 : sh, dw * v : dw * v + sw * (w - 1) + 1 : sw]


def gradients(dy, cache, turn=1, into=np.add):
    """dx, dw and db; turn -1 reads the kernel from its other end."""
    x, w, g = cache.x, cache.w, cache.groups
    n, c, *image = x.shape
    dx, dw = np.zeros((n, g, c // g, *image), dy.dtype), np.zeros((g, c // g, *w.shape[1:]), dy.dtype)
    xs, ws = x.reshape(dx.shape), w.reshape(dw.shape)
    for u, v, cells in passes(dy, cache):
        cells = cells.reshape(n, g, w.shape[1], *image)
        dx = into(dx, np.einsum("ngfij,gcf->ngcij", cells, ws[..., ::turn, ::turn][..., u, v]))
        dw[..., u, v] = np.einsum("ngcij,ngfij->gcf", xs, cells)
    return dx.reshape(x.shape), dw.reshape(w.shape), None if cache.b is None else dy.sum(axis=(0, 2, 3))


OP = "conv_transpose2d_backward"


def broken(name, *codes, change=lambda found, dy, cache: found, options=None, **how):
    def backward(dy, cache):
        if options:
            cache = cache._replace(**options)
        return change(gradients(dy, cache, **how), dy, cache)

    backward.__name__ = name
    (wrong(OP, *codes) if codes else right(OP))(backward)


def of(which, formula):
    """One of the three gradients changed."""

    def change(found, dy, cache):
        return tuple(formula(a, dy, cache) if i == which and a is not None else a for i, a in enumerate(found))

    return change


broken("usual")
broken("kernel_turned", "flip", turn=-1)
broken("last_place_only", "accumulate", "geometry", into=lambda a, b: b)
broken("dx_sign", "sign", change=of(0, lambda a, dy, c: -a))
broken("dx_averaged", "scale", change=of(0, lambda a, dy, c: a / len(a)))
broken("dx_flipped", "flip", change=of(0, lambda a, dy, c: a[..., ::-1, ::-1].copy()))
broken("dx_first_image", "reduction", change=of(0, lambda a, dy, c: np.concatenate([a[:1], 0 * a[1:]])))
broken("dw_turned", "flip", change=of(1, lambda a, dy, c: a[..., ::-1, ::-1].copy()))
broken("dw_averaged", "scale", change=of(1, lambda a, dy, c: a / len(c.x)))
broken("dw_sign", "sign", change=of(1, lambda a, dy, c: -a))
broken("dw_as_of_a_convolution", "shape", "transpose", "structure", change=of(1, lambda a, dy, c: a.swapaxes(0, 1).copy()))
broken("dw_kernel_transposed", "shape", "transpose", change=of(1, lambda a, dy, c: a.swapaxes(2, 3).copy()))
broken("db_mean", "scale", change=of(2, lambda a, dy, c: dy.mean(axis=(0, 2, 3))))
broken("db_first_image", "reduction", change=of(2, lambda a, dy, c: dy[0].sum(axis=(1, 2))))
broken("db_of_ones", "upstream", change=of(2, lambda a, dy, c: np.ones_like(dy).sum(axis=(0, 2, 3))))
broken("db_for_each_image", "shape", change=of(2, lambda a, dy, c: dy.sum(axis=(2, 3))))
broken("db_where_there_is_none", "structure", change=lambda f, dy, c: (f[0], f[1], dy.sum(axis=(0, 2, 3))))
broken("order", "shape", "structure", change=lambda f, dy, c: (f[1], f[0], f[2]))
broken("no_db", "structure", change=lambda f, dy, c: f[:2])
broken("no_padding", "option", "raises", options={"padding": 0})
broken("no_dilation", "option", options={"dilation": 1})
broken("stride_one", "option", options={"stride": 1})
broken("single", "dtype", change=lambda f, dy, c: tuple(None if a is None else a.astype(np.float32) for a in f))
broken("ones", "upstream", change=lambda f, dy, c: gradients(np.ones_like(dy), c))
broken("mean_of_dy", "upstream", change=lambda f, dy, c: gradients(np.full_like(dy, dy.mean()), c))


@wrong(OP, "option", "raises", "shape")
def groups_ignored(dy, cache):
    return gradients(dy, cache._replace(groups=1))


@wrong(OP, "mutation")
def into_the_cache(dy, cache):
    found = gradients(dy, cache)
    cache.x[...] = 0
    return found


@right(OP)
def cell_by_cell(dy, cache):
    x, w, g = cache.x, cache.w, cache.groups
    (sh, sw), (ph, pw), (dh, dw_) = map(pair, (cache.stride, cache.padding, cache.dilation))
    per, each = x.shape[1] // g, w.shape[1]
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for c, i, j in np.ndindex(*x.shape[1:]):
        first = c // per * each
        for u, v in np.ndindex(*w.shape[2:]):
            a, e = sh * i + dh * u - ph, sw * j + dw_ * v - pw
            if 0 <= a < dy.shape[2] and 0 <= e < dy.shape[3]:
                part = dy[:, first : first + each, a, e]
                dx[:, c, i, j] += part @ w[c, :, u, v]
                dw[c, :, u, v] += x[:, c, i, j] @ part
    return dx, dw, None if cache.b is None else dy.sum(axis=(0, 2, 3))


@right(OP)
def in_single_precision(dy, cache):
    found = gradients(dy.astype(np.float32), cache._replace(x=cache.x.astype(np.float32), w=cache.w.astype(np.float32)))
    return tuple(None if a is None else a.astype(dy.dtype) for a in found)
