"""Normalisation, dropout and penalties as eight students write them, each mistake with the code that the table gives it."""

import numpy as np

from tests.rejects import right, wrong

BN, LN, GN = "batch_norm_backward", "layer_norm_backward", "group_norm_backward"
DROP, L1, L2 = "dropout_backward", "l1_penalty_backward", "l2_penalty_backward"


class Sets:
    """A normalisation with its sets laid out: `axes` are those of a set, `shared` those that gamma is summed over."""

    def __init__(self, dy, cache, op):
        x, shape = cache.x_hat, cache.x_hat.shape
        gamma = cache.gamma if op == LN else cache.gamma.reshape(-1, *[1] * (x.ndim - 2))
        self.out, self.dy, self.x_raw = shape, dy, x
        split = (len(x), cache.num_groups, shape[1] // cache.num_groups, *shape[2:]) if op == GN else shape
        first = x.ndim - cache.gamma.ndim
        self.axes = {BN: (0, *range(2, x.ndim)), LN: tuple(range(first, x.ndim)), GN: tuple(range(2, len(split)))}[op]
        self.shared = tuple(range(first)) if op == LN else (0, *range(2, x.ndim))
        self.x, self.d = x.reshape(split), dy.reshape(split)
        self.g = np.broadcast_to(gamma, shape).reshape(split)
        self.std, self.op = cache.std, op
        self.m = int(np.prod([split[a] for a in self.axes]))

    def mean(self, a):
        return a.mean(axis=self.axes, keepdims=True)

    def dx(self, d=None, mean=1.0, var=1.0):
        d = self.d * self.g if d is None else d
        return (d - mean * self.mean(d) - var * self.x * self.mean(d * self.x)) / self.std


def norms(name, *codes, dx=None, dgamma=None, dbeta=None, ops=(BN, LN, GN)):
    for op in ops:

        def backward(dy, cache, op=op):
            s = Sets(dy, cache, op)
            gamma = (dy * s.x_raw).sum(axis=s.shared) if dgamma is None else dgamma(s)
            beta = dy.sum(axis=s.shared) if dbeta is None else dbeta(s)
            return (s.dx() if dx is None else dx(s)).reshape(s.out), gamma, beta

        backward.__name__ = name
        wrong(op, *codes)(backward)


norms("only_dx_hat", "formula", dx=lambda s: s.d * s.g / s.std)
norms("no_mean_term", "formula", dx=lambda s: s.dx(mean=0))
norms("no_variance_term", "formula", dx=lambda s: s.dx(var=0))
norms("mean_term_added", "formula", dx=lambda s: s.dx(mean=-1))
norms("variance_term_added", "formula", dx=lambda s: s.dx(var=-1))
norms("variance_term_halved", "formula", dx=lambda s: s.dx(var=0.5))
norms("variance_term_doubled", "formula", dx=lambda s: s.dx(var=2))
norms("mean_term_doubled", "formula", dx=lambda s: s.dx(mean=2))
norms("gamma_forgotten", "formula", dx=lambda s: s.dx(s.d))
norms("gamma_twice", "formula", dx=lambda s: s.dx(s.d * s.g * s.g))
norms("divides_by_gamma", "formula", "stability", dx=lambda s: s.dx(s.d / s.g))
norms("gamma_of_the_first", "formula", "channel", dx=lambda s: s.dx(s.d * s.g.ravel()[0]))
norms("not_divided_by_std", "formula", dx=lambda s: s.dx() * s.std)
norms("divided_by_variance", "formula", dx=lambda s: s.dx() / s.std)
norms("times_std", "formula", dx=lambda s: s.dx() * s.std**2)
norms("sums_for_means", "formula", dx=lambda s: s.dx(mean=s.m, var=s.m))
norms("bessel", "formula", dx=lambda s: s.dx(var=s.m / max(s.m - 1, 1)))
norms("x_hat_missing_in_the_mean", "formula", dx=lambda s: (s.d * s.g - s.mean(s.d * s.g) - s.x * s.mean(s.d * s.g)) / s.std)
norms("x_hat_missing_outside", "formula", dx=lambda s: (s.d * s.g - s.mean(s.d * s.g) - s.mean(s.d * s.g * s.x)) / s.std)
norms("centred_for_x_hat", "formula", dx=lambda s: (s.d * s.g - s.mean(s.d * s.g) - s.x * s.std * s.mean(s.d * s.g * s.x)) / s.std)
norms("dx_sign", "sign", dx=lambda s: -s.dx())
norms("dx_over_m", "scale", dx=lambda s: s.dx() / s.m)
norms("dx_halved", "scale", dx=lambda s: s.dx() / 2)
norms("dx_without_dy", "upstream", "formula", dx=lambda s: s.dx(s.x**2 * s.g))
norms("dx_of_mean_dy", "upstream", "formula", dx=lambda s: s.dx(np.full_like(s.d, s.d.mean()) * s.g))
norms("dx_over_everything", "reduction", "channel", ops=(BN, LN), dx=lambda s: (lambda d: (d - d.mean() - s.x * (d * s.x).mean()) / s.std)(s.d * s.g))
norms("absolute_variance_term", "formula", dx=lambda s: (s.d * s.g - s.mean(s.d * s.g) - s.x * np.abs(s.mean(s.d * s.g * s.x))) / s.std)
norms("dgamma_is_dbeta", "formula", dgamma=lambda s: s.dy.sum(axis=s.shared))
norms("dgamma_of_squares", "formula", dgamma=lambda s: (s.dy * s.x_raw**2).sum(axis=s.shared))
norms("dgamma_averaged", "scale", dgamma=lambda s: (s.dy * s.x_raw).mean(axis=s.shared), ops=(BN, GN))
norms("dgamma_sign", "sign", dgamma=lambda s: -(s.dy * s.x_raw).sum(axis=s.shared))
norms("dgamma_of_x_hat_alone", "upstream", "formula", dgamma=lambda s: s.x_raw.sum(axis=s.shared))
norms("dgamma_product_of_sums", "formula", "reduction", dgamma=lambda s: s.dy.sum(axis=s.shared) * s.x_raw.sum(axis=s.shared))
norms("dgamma_first_sample", "reduction", ops=(BN, GN), dgamma=lambda s: (s.dy * s.x_raw)[:1].sum(axis=s.shared))
norms("dgamma_doubled", "scale", dgamma=lambda s: 2 * (s.dy * s.x_raw).sum(axis=s.shared))
norms("dbeta_averaged", "scale", dbeta=lambda s: s.dy.mean(axis=s.shared), ops=(BN, GN))
norms("dbeta_sign", "sign", dbeta=lambda s: -s.dy.sum(axis=s.shared))
norms("dbeta_total", "reduction", dbeta=lambda s: np.full_like(s.dy.sum(axis=s.shared), s.dy.sum()))
norms("dbeta_times_gamma", "formula", dbeta=lambda s: (s.d * s.g).reshape(s.out).sum(axis=s.shared))
norms("dbeta_absolute", "formula", dbeta=lambda s: np.abs(s.dy).sum(axis=s.shared))
norms("dbeta_counts", "upstream", "formula", dbeta=lambda s: np.ones_like(s.dy).sum(axis=s.shared))
norms("dbeta_scalar", "shape", dbeta=lambda s: s.dy.sum())
norms("parameters_not_summed", "shape", dgamma=lambda s: s.dy * s.x_raw, ops=(BN, GN))
norms("dgamma_integers", "dtype", dgamma=lambda s: (s.dy * s.x_raw).sum(axis=s.shared).astype(int))



@wrong(BN, "reduction", "raises", "formula", "shape")
def over_the_features(dy, cache):
    """Layer normalisation's axes."""
    d = dy * cache.gamma.reshape(-1, *[1] * (dy.ndim - 2))
    axes = tuple(range(1, dy.ndim))
    dx = d - d.mean(axes, keepdims=True) - cache.x_hat * (d * cache.x_hat).mean(axes, keepdims=True)
    shared = (0, *range(2, dy.ndim))
    return dx / cache.std, (dy * cache.x_hat).sum(shared), dy.sum(shared)


@wrong(LN, "reduction", "formula")
def over_the_batch(dy, cache):
    """Batch normalisation's axes."""
    d, first = dy * cache.gamma, dy.ndim - cache.gamma.ndim
    shared = tuple(range(first))
    dx = d - d.mean(shared, keepdims=True) - cache.x_hat * (d * cache.x_hat).mean(shared, keepdims=True)
    return dx / cache.std, (dy * cache.x_hat).sum(shared), dy.sum(shared)


@wrong(BN, "geometry", "shape", "raises")
def positions_forgotten(dy, cache):
    d = dy * cache.gamma.reshape(-1, *[1] * (dy.ndim - 2))
    dx = (d - d.mean(0) - cache.x_hat * (d * cache.x_hat).mean(0)) / cache.std
    return dx, (dy * cache.x_hat).sum(0), dy.sum(0)


@wrong(BN, "formula")
def running_statistics(dy, cache):
    """As in eval mode, where mean and variance are constants."""
    gamma = cache.gamma.reshape(-1, *[1] * (dy.ndim - 2))
    shared = (0, *range(2, dy.ndim))
    return dy * gamma / cache.std, (dy * cache.x_hat).sum(shared), dy.sum(shared)


@wrong(BN, "mutation")
def normalises_in_place(dy, cache):
    cache.x_hat[...] *= 1.0001
    s = Sets(dy, cache, BN)
    return s.dx().reshape(s.out), (dy * cache.x_hat).sum(axis=s.shared), dy.sum(axis=s.shared)


def drop(name, code, f):
    def backward(dy, cache):
        return f(dy, cache)

    backward.__name__ = name
    wrong(DROP, *(code if isinstance(code, tuple) else (code,)))(backward)


def kept(c):
    return np.asarray(c.mask, bool)


drop("passes", "mask", lambda dy, c: dy.copy())
drop("other_way_round", "mask", lambda dy, c: dy * ~kept(c) * c.scale)
drop("mask_alone", "scale", lambda dy, c: dy * kept(c))
drop("scaled_twice", "scale", lambda dy, c: dy * kept(c) * c.scale**2)
drop("scaled_down", "scale", lambda dy, c: dy * kept(c) / c.scale if c.scale else dy * 0)
drop("scaled_everywhere", "mask", lambda dy, c: dy * c.scale)
drop("sign", "sign", lambda dy, c: -dy * kept(c) * c.scale)
drop("without_dy", "upstream", lambda dy, c: (kept(c) * c.scale).astype(dy.dtype))
drop("mean_dy", "upstream", lambda dy, c: np.full_like(dy, dy.mean()) * kept(c) * c.scale)
drop("new_mask", "mask", lambda dy, c: dy * (np.random.default_rng(99).random(dy.shape) < 0.5) * c.scale)
drop("random_mask", ("nondeterministic", "mask"), lambda dy, c: dy * (np.random.default_rng().random(dy.shape) < 0.5) * c.scale)
drop("always_half", ("option", "scale"), lambda dy, c: 2.0 * dy * kept(c))
drop("mask_by_dy", "mask", lambda dy, c: dy * (dy > 0) * c.scale)
drop("whole_rows", ("mask", "formula"), lambda dy, c: dy * kept(c).all(axis=-1, keepdims=True) * c.scale)
drop("single", "dtype", lambda dy, c: (dy * kept(c) * c.scale).astype(np.float32))
drop("mask_returned", "dtype", lambda dy, c: kept(c).copy())


@right(DROP)
def entry_by_entry(dy, cache):
    dx = np.zeros_like(dy)
    for k in zip(*np.nonzero(cache.mask), strict=True):
        dx[k] = dy[k] * cache.scale
    return dx


@right(DROP)
def only_the_kept(dy, cache):
    dx, flat = np.zeros(dy.size, dy.dtype), np.flatnonzero(cache.mask)
    dx[flat] = dy.ravel()[flat] * np.float32(1) * cache.scale
    return dx.reshape(dy.shape)


def penalty(exercise, name, code, f):
    def backward(dy, cache):
        return np.asarray(f(dy, cache.w, cache.strength), cache.w.dtype)

    backward.__name__ = name
    wrong(exercise, *(code if isinstance(code, tuple) else (code,)))(backward)


penalty(L1, "ones", "mask", lambda dy, w, s: dy * s * np.ones_like(w))
penalty(L1, "absolute", "formula", lambda dy, w, s: dy * s * np.abs(w))
penalty(L1, "w_itself", "formula", lambda dy, w, s: dy * s * w)
penalty(L1, "sign_turned", "sign", lambda dy, w, s: -dy * s * np.sign(w))
penalty(L1, "halved", "scale", lambda dy, w, s: dy * s * np.sign(w) / 2)
penalty(L1, "no_strength", ("option", "scale"), lambda dy, w, s: dy * np.sign(w))
penalty(L1, "strength_twice", ("option", "scale"), lambda dy, w, s: dy * s * s * np.sign(w))
penalty(L1, "averaged", "scale", lambda dy, w, s: dy * s * np.sign(w) / w.size)
penalty(L1, "no_dy", "upstream", lambda dy, w, s: s * np.sign(w))
penalty(L1, "positive_only", "mask", lambda dy, w, s: dy * s * (w > 0))
penalty(L1, "not_a_number_at_zero", ("stability", "kink"), lambda dy, w, s: dy * s * w / np.abs(w))
penalty(L2, "doubled", "scale", lambda dy, w, s: 2 * dy * s * w)
penalty(L2, "halved", "scale", lambda dy, w, s: dy * s * w / 2)
penalty(L2, "squared", "formula", lambda dy, w, s: dy * s * w**2)
penalty(L2, "sign_of_w", "formula", lambda dy, w, s: dy * s * np.sign(w))
penalty(L2, "absolute", ("formula", "mask"), lambda dy, w, s: dy * s * np.abs(w))
penalty(L2, "sign_turned", "sign", lambda dy, w, s: -dy * s * w)
penalty(L2, "no_strength", ("option", "scale"), lambda dy, w, s: dy * w)
penalty(L2, "no_dy", "upstream", lambda dy, w, s: s * w)
penalty(L2, "unit_length", "formula", lambda dy, w, s: dy * s * w / np.sqrt((w**2).sum() + 1e-30))
penalty(L2, "averaged", "scale", lambda dy, w, s: dy * s * w / w.size)
penalty(L2, "strength_only", "formula", lambda dy, w, s: dy * s * np.ones_like(w))
penalty(L2, "cubed", "formula", lambda dy, w, s: dy * s * w**3)


@right(L1)
def by_comparison(dy, cache):
    w = cache.w
    return (dy * cache.strength) * ((w > 0).astype(w.dtype) - (w < 0))


@right(L2)
def by_accumulation(dy, cache):
    dw = np.array(cache.w, order="F")
    dw *= cache.strength
    dw *= dy
    return dw


def normalised(op, name, dx):
    def backward(dy, cache):
        s = Sets(dy, cache, op)
        return [dx(s).reshape(s.out), (dy * s.x_raw).sum(axis=s.shared), dy.sum(axis=s.shared)]

    backward.__name__ = name
    right(op)(backward)


def in_three_steps(s):
    """The graph of Ioffe and Szegedy's paper, node by node."""
    d = s.d * s.g
    centred = s.x * s.std
    dvar = (d * centred).sum(s.axes, keepdims=True) * -0.5 / s.std**3
    dmean = -(d / s.std).sum(s.axes, keepdims=True) + dvar * (-2 * centred).mean(s.axes, keepdims=True)
    return d / s.std + dvar * 2 * centred / s.m + dmean / s.m


def with_sums(s):
    d = s.d * s.g
    return (s.m * d - d.sum(s.axes, keepdims=True) - s.x * (d * s.x).sum(s.axes, keepdims=True)) / (s.m * s.std)


def by_projections(s):
    """One matrix for each set: I − 11ᵀ/m − x xᵀ/m."""
    order = [a for a in range(s.x.ndim) if a not in s.axes] + list(s.axes)
    x, d = ((a.transpose(order).reshape(-1, s.m)) for a in (s.x, s.d * s.g))
    P = np.eye(s.m) - np.ones((s.m, s.m)) / s.m - np.einsum("ki,kj->kij", x, x) / s.m
    moved = np.einsum("kij,kj->ki", P, d).reshape([s.x.shape[a] for a in order])
    return (moved.transpose(np.argsort(order)) / s.std).astype(s.d.dtype)


def in_single_precision(s):
    d, x = (s.d * s.g).astype(np.float32), s.x.astype(np.float32)
    dx = d - d.mean(s.axes, keepdims=True) - x * (d * x).mean(s.axes, keepdims=True)
    return (dx / s.std.astype(np.float32)).astype(s.d.dtype)


for op in (BN, LN, GN):
    for way in (in_three_steps, with_sums, by_projections, in_single_precision):
        normalised(op, f"{way.__name__}_{op[:5]}", way)
