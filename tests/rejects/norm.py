"""Chapter 13: normalisation: mistakes that must be caught, and right answers of another kind."""

from types import SimpleNamespace

import numpy as np

from tests.rejects import right, wrong


def pieces(op, dy, cache):
    """The arrays of a normalisation, with its groups apart."""
    x_hat, std, gamma = cache.x_hat, cache.std, cache.gamma
    if op == "layer_norm":
        first = dy.ndim - gamma.ndim
        sets, shared = tuple(range(first, dy.ndim)), tuple(range(first))
        along = np.broadcast_to(gamma, dy.shape)
    else:
        shared = (0, *range(2, dy.ndim))
        sets = shared
        along = np.broadcast_to(gamma.reshape(-1, *[1] * (dy.ndim - 2)), dy.shape)
    split = dy.shape
    if op == "group_norm":
        split = (len(dy), cache.num_groups, dy.shape[1] // cache.num_groups, *dy.shape[2:])
        sets = tuple(range(2, dy.ndim + 1))
    d, x, g = (a.reshape(split) for a in (dy, x_hat, along))
    m = np.prod([x.shape[a] for a in sets])

    def mean(a):
        return a.mean(axis=sets, keepdims=True)

    def total(a):
        return a.reshape(dy.shape).sum(axis=shared)

    return SimpleNamespace(
        d=d, x=x, g=g, dx_hat=d * g, std=std, mean=mean, total=total, m=m, sets=sets, shared=shared, shape=dy.shape
    )


OPS = ("batch_norm", "layer_norm", "group_norm")


def usual_dx(p):
    return (p.dx_hat - p.mean(p.dx_hat) - p.x * p.mean(p.dx_hat * p.x)) / p.std


def norms(name, *codes, dx=usual_dx, dgamma=lambda p: p.d * p.x, dbeta=lambda p: p.d, total=None, ops=OPS, end=None):
    def make(op):
        def backward(dy, cache):
            p = pieces(op, dy, cache)
            add = total or (lambda p, a: p.total(a))
            found = dx(p).reshape(p.shape), add(p, dgamma(p)), add(p, dbeta(p))
            return end(found) if end else found

        backward.__name__ = name
        (wrong(f"{op}_backward", *codes) if codes else right(f"{op}_backward"))(backward)

    for op in ops:
        make(op)


def as_sums(p):
    s = dict(axis=p.sets, keepdims=True)
    return (p.m * p.dx_hat - p.dx_hat.sum(**s) - p.x * (p.dx_hat * p.x).sum(**s)) / (p.m * p.std)


def step_by_step(p):
    centred = p.x * p.std
    dstd = -(p.dx_hat * centred).sum(axis=p.sets, keepdims=True) / p.std**2
    dcentred = p.dx_hat / p.std + centred * dstd / p.std / p.m
    return dcentred - p.mean(dcentred)


def single(p):
    d, x, std = (a.astype(np.float32) for a in (p.dx_hat, p.x, p.std))
    return ((d - p.mean(d) - x * p.mean(d * x)) / std).astype(p.d.dtype)


norms("usual")
norms("with_sums", dx=as_sums)
norms("one_step_after_the_other", dx=step_by_step)
norms("in_single_precision", dx=single)
norms("dx_hat_over_std", "formula", dx=lambda p: p.dx_hat / p.std)
norms("no_variance", "formula", dx=lambda p: (p.dx_hat - p.mean(p.dx_hat)) / p.std)
norms("no_mean", "formula", dx=lambda p: (p.dx_hat - p.x * p.mean(p.dx_hat * p.x)) / p.std)
norms("no_gamma", "formula", dx=lambda p: (p.d - p.mean(p.d) - p.x * p.mean(p.d * p.x)) / p.std)
norms("variance_added", "formula", dx=lambda p: (p.dx_hat - p.mean(p.dx_hat) + p.x * p.mean(p.dx_hat * p.x)) / p.std)
norms("mean_added", "formula", dx=lambda p: (p.dx_hat + p.mean(p.dx_hat) - p.x * p.mean(p.dx_hat * p.x)) / p.std)
norms("not_divided", "formula", dx=lambda p: usual_dx(p) * p.std)
norms("divided_twice", "formula", dx=lambda p: usual_dx(p) / p.std)
norms("multiplied", "formula", dx=lambda p: usual_dx(p) * p.std**2)
norms("sums_for_means", "formula", dx=lambda p: (p.dx_hat - p.m * p.mean(p.dx_hat) - p.m * p.x * p.mean(p.dx_hat * p.x)) / p.std)
norms("one_less", "formula", dx=lambda p: (p.dx_hat - p.mean(p.dx_hat) - p.x * p.mean(p.dx_hat * p.x) * p.m / (p.m - 1)) / p.std)
norms("not_normalised_x", "formula", dx=lambda p: (p.dx_hat - p.mean(p.dx_hat) - p.x * p.std * p.mean(p.dx_hat * p.x)) / p.std)
norms("square_of_x_hat", "formula", dx=lambda p: (p.dx_hat - p.mean(p.dx_hat) - p.x**2 * p.mean(p.dx_hat)) / p.std)
norms("dx_sign", "sign", dx=lambda p: -usual_dx(p))
norms("gamma_after_the_means", "formula", ops=("layer_norm",), dx=lambda p: p.g * (p.d - p.mean(p.d) - p.x * p.mean(p.d * p.x)) / p.std)
norms("twice_the_variance", "formula", dx=lambda p: (p.dx_hat - p.mean(p.dx_hat) - 2 * p.x * p.mean(p.dx_hat * p.x)) / p.std)
norms("dx_is_dy", "mutation", "formula", dx=lambda p: p.d.copy())
norms("dgamma_of_dy", "formula", dgamma=lambda p: p.d)
norms("dgamma_with_x", "formula", dgamma=lambda p: p.d * p.x * p.std)
norms("dgamma_of_dx_hat", "formula", dgamma=lambda p: p.dx_hat * p.x)
norms("dgamma_sign", "sign", dgamma=lambda p: -p.d * p.x)
norms("dgamma_alone", "upstream", "formula", dgamma=lambda p: p.x)
norms("dbeta_of_dx_hat", "formula", dbeta=lambda p: p.dx_hat)
norms("dbeta_of_ones", "upstream", dbeta=lambda p: np.ones_like(p.d))
norms("averaged_parameters", "scale", total=lambda p, a: p.total(a) / np.prod([p.shape[k] for k in p.shared]))
norms("parameters_of_the_first", "reduction", "geometry", "shape", ops=("batch_norm", "group_norm"), total=lambda p, a: a.reshape(p.shape)[:1].sum(axis=p.shared))
norms("not_summed", "shape", "mutation", total=lambda p, a: a.reshape(p.shape))
norms("positions_left", "shape", "geometry", ops=("batch_norm",), total=lambda p, a: a.reshape(p.shape).sum(axis=0))
norms("another_order", "shape", "formula", "structure", end=lambda found: (found[0], found[2], found[1]))
norms("no_beta", "structure", end=lambda found: found[:2])
norms("dx_alone", "structure", end=lambda found: found[0])
norms("in_a_dictionary", "structure", end=lambda found: dict(zip(("dx", "dgamma", "dbeta"), found, strict=True)))
norms("single_precision_out", "dtype", end=lambda found: tuple(a.astype(np.float32) for a in found))


@wrong("batch_norm_backward", "reduction", "shape", "raises")
def rows_only(dy, cache):
    m = len(dy)
    dx_hat = dy * cache.gamma.reshape(-1, *[1] * (dy.ndim - 2))
    total = dict(axis=0, keepdims=True)
    dx = (m * dx_hat - dx_hat.sum(**total) - cache.x_hat * (dx_hat * cache.x_hat).sum(**total)) / (m * cache.std)
    axes = (0, *range(2, dy.ndim))
    return dx, (dy * cache.x_hat).sum(axis=axes), dy.sum(axis=axes)


@wrong("group_norm_backward", "reduction", "channel", "formula")
def one_group_always(dy, cache):
    p = pieces("group_norm", dy, cache)
    whole = SimpleNamespace(num_groups=1, x_hat=cache.x_hat, std=1.0, gamma=cache.gamma)
    q = pieces("group_norm", dy, whole)
    dx = usual_dx(q).reshape(p.d.shape) / p.std
    return dx.reshape(dy.shape), p.total(p.d * p.x), p.total(p.d)


@wrong("layer_norm_backward", "geometry", "shape", "raises")
def last_axis_only(dy, cache):
    dx_hat, x = dy * cache.gamma, cache.x_hat
    one = dict(axis=-1, keepdims=True)
    dx = (dx_hat - dx_hat.mean(**one) - x * (dx_hat * x).mean(**one)) / cache.std
    axes = tuple(range(dy.ndim - 1))
    return dx, (dy * x).sum(axis=axes), dy.sum(axis=axes)


@wrong("layer_norm_backward", "geometry", "shape")
def first_axis_for_the_parameters(dy, cache):
    p = pieces("layer_norm", dy, cache)
    return usual_dx(p), (dy * cache.x_hat).sum(axis=0), dy.sum(axis=0)


@wrong("batch_norm_backward", "mutation")
def changes_x_hat(dy, cache):
    p = pieces("batch_norm", dy, cache)
    dx = usual_dx(p)
    cache.x_hat[...] *= dy
    axes = (0, *range(2, dy.ndim))
    return dx, cache.x_hat.sum(axis=axes), dy.sum(axis=axes)


@right("batch_norm_backward")
def by_the_whole_jacobian(dy, cache):
    x_hat, std = (np.moveaxis(a, 1, 0) for a in (cache.x_hat, cache.std))
    d = np.moveaxis(dy, 1, 0)
    dx = np.empty_like(d)
    for c in range(len(d)):
        flat = x_hat[c].ravel()
        m = flat.size
        jacobian = (np.eye(m) - 1 / m - np.outer(flat, flat) / m) / std[c].item()
        dx[c] = (cache.gamma[c] * jacobian @ d[c].ravel()).reshape(d[c].shape)
    axes = tuple(range(1, d.ndim))
    return np.moveaxis(dx, 0, 1).copy(), (d * x_hat).sum(axis=axes), d.sum(axis=axes)


@right("layer_norm_backward")
def sample_by_sample(dy, cache):
    f = cache.gamma.size
    d, x = dy.reshape(-1, f), cache.x_hat.reshape(-1, f)
    std, gamma = np.broadcast_to(cache.std, dy.shape).reshape(-1, f)[:, 0], cache.gamma.ravel()
    dx = np.empty_like(d)
    for n in range(len(d)):
        g = d[n] * gamma
        dx[n] = (g - g.sum() / f - x[n] * (g @ x[n]) / f) / std[n]
    shape = cache.gamma.shape
    return dx.reshape(dy.shape), np.einsum("nf,nf->f", d, x).reshape(shape), d.sum(0).reshape(shape)
