"""Losses as eight students write them: each mistake with the code that the table of codes gives it."""

import numpy as np

from tests.rejects import right, wrong

CE, MSE, BCE, SL1 = (
    f"{name}_backward" for name in ("cross_entropy", "mse_loss", "binary_cross_entropy_with_logits", "smooth_l1_loss")
)


def formula(exercise, name, code, f):
    """A wrong backward as one expression of dy and the cache."""

    def backward(dy, cache):
        return f(dy, cache)

    backward.__name__ = name
    wrong(exercise, *(code if isinstance(code, tuple) else (code,)))(backward)


def each(dy, c, target):
    """dy for each of the losses."""
    return np.broadcast_to(dy / target.size if c.reduction == "mean" else dy, target.shape)


def ce(p, hot, dy, c):
    return each(dy, c, c.target)[:, None] * (p - hot)


def p_of(c):
    return np.exp(c.log_p)


def hot(c):
    return np.moveaxis(np.eye(c.log_p.shape[1], dtype=c.log_p.dtype)[c.target], -1, 1)


formula(CE, "not_averaged", ("scale", "option"), lambda dy, c: np.asarray(dy)[..., None] * (p_of(c) - hot(c)) if np.ndim(dy) == 1 else np.expand_dims(np.broadcast_to(dy, c.target.shape), 1) * (p_of(c) - hot(c)))
formula(CE, "over_classes_too", ("scale", "option"), lambda dy, c: ce(p_of(c), hot(c), dy, c) / c.log_p.shape[1])
formula(CE, "averaged_twice", ("scale", "option"), lambda dy, c: ce(p_of(c), hot(c), dy, c) / (c.target.size if c.reduction == "mean" else 1))
formula(CE, "always_mean", "option", lambda dy, c: np.expand_dims(np.broadcast_to(dy / c.target.size, c.target.shape), 1) * (p_of(c) - hot(c)))
formula(CE, "over_batch_only", ("scale", "geometry", "option"), lambda dy, c: np.expand_dims(np.broadcast_to(dy / (len(c.target) if c.reduction == "mean" else 1), c.target.shape), 1) * (p_of(c) - hot(c)))
formula(CE, "all_nan", "stability", lambda dy, c: np.full_like(c.log_p, np.nan))
formula(CE, "all_infinite", "stability", lambda dy, c: np.full_like(c.log_p, -np.inf))
formula(CE, "zero_over_zero_at_wrong_classes", "stability", lambda dy, c: np.where(hot(c) == 0, np.nan, ce(p_of(c), hot(c), dy, c)))
formula(CE, "sign", "sign", lambda dy, c: -ce(p_of(c), hot(c), dy, c))
formula(CE, "without_dy", "upstream", lambda dy, c: ce(p_of(c), hot(c), np.ones_like(dy), c))
formula(CE, "only_p", "formula", lambda dy, c: ce(p_of(c), 0, dy, c))
formula(CE, "only_target", "formula", lambda dy, c: ce(np.zeros_like(c.log_p), hot(c), dy, c))
formula(CE, "p_plus_target", "formula", lambda dy, c: ce(p_of(c), -hot(c), dy, c))
formula(CE, "log_p_minus_target", "formula", lambda dy, c: ce(c.log_p, hot(c), dy, c))
formula(CE, "by_p", "formula", lambda dy, c: ce(0, hot(c) / p_of(c), dy, c))
formula(CE, "with_softmax_slope", "formula", lambda dy, c: ce(p_of(c), hot(c), dy, c) * p_of(c) * (1 - p_of(c)))
formula(CE, "squared_error", "scale", lambda dy, c: 2 * ce(p_of(c), hot(c), dy, c))
formula(CE, "target_twice", "formula", lambda dy, c: ce(p_of(c), 2 * hot(c), dy, c))
formula(CE, "next_class", ("shift", "formula", "channel"), lambda dy, c: ce(p_of(c), np.roll(hot(c), 1, 1), dy, c))
formula(CE, "first_class", "formula", lambda dy, c: ce(p_of(c), np.eye(c.log_p.shape[1])[0].reshape(-1, *[1] * (c.log_p.ndim - 2)), dy, c))
formula(CE, "predicted_class", "formula", lambda dy, c: ce(p_of(c), c.log_p == c.log_p.max(1, keepdims=True), dy, c))
formula(CE, "smoothed", "formula", lambda dy, c: ce(p_of(c), 0.9 * hot(c) + 0.1 / c.log_p.shape[1], dy, c))
formula(CE, "softmax_again", "formula", lambda dy, c: ce(np.exp(p_of(c)) / np.exp(p_of(c)).sum(1, keepdims=True), hot(c), dy, c))
formula(CE, "over_samples", ("formula", "reduction"), lambda dy, c: ce(p_of(c) / p_of(c).sum(0, keepdims=True), hot(c), dy, c))
formula(CE, "transposed_if_square", "transpose", lambda dy, c: (lambda g: g.T.copy() if g.ndim == 2 and len(g) == g.shape[1] else g)(ce(p_of(c), hot(c), dy, c)))
formula(CE, "first_sample", "reduction", lambda dy, c: (lambda g: np.concatenate([g[:1], np.zeros_like(g[1:])]))(ce(p_of(c), hot(c), dy, c)))
formula(CE, "clipped_p", ("precision", "formula", "stability", "kink"), lambda dy, c: ce(np.clip(p_of(c), 0.05, 0.95), hot(c), dy, c))
formula(CE, "right_class_only", "formula", lambda dy, c: ce(p_of(c), hot(c), dy, c) * hot(c))
formula(CE, "one_number", "shape", lambda dy, c: ce(p_of(c), hot(c), dy, c).sum(0))
formula(CE, "gradient_of_target_too", "structure", lambda dy, c: (ce(p_of(c), hot(c), dy, c), None))

formula(MSE, "no_two", "scale", lambda dy, c: each(dy, c, c.target) * (c.pred - c.target))
formula(MSE, "four", "scale", lambda dy, c: each(dy, c, c.target) * 4 * (c.pred - c.target))
formula(MSE, "sign", "sign", lambda dy, c: each(dy, c, c.target) * 2 * (c.target - c.pred))
formula(MSE, "over_batch", ("scale", "option", "geometry"), lambda dy, c: 2 * (c.pred - c.target) * (dy / len(c.pred) if c.reduction == "mean" else dy))
formula(MSE, "not_averaged", "scale", lambda dy, c: dy * 2 * (c.pred - c.target))
formula(MSE, "averaged_twice", "scale", lambda dy, c: each(dy, c, c.target) * 2 * (c.pred - c.target) / (c.pred.size if c.reduction == "mean" else 1))
formula(MSE, "always_mean", "option", lambda dy, c: dy * 2 * (c.pred - c.target) / c.pred.size)
formula(MSE, "without_dy", "upstream", lambda dy, c: each(np.ones_like(dy), c, c.target) * 2 * (c.pred - c.target))
formula(MSE, "plus_target", "formula", lambda dy, c: each(dy, c, c.target) * 2 * (c.pred + c.target))
formula(MSE, "only_target", "formula", lambda dy, c: each(dy, c, c.target) * -2 * c.target)
formula(MSE, "absolute", "formula", lambda dy, c: each(dy, c, c.target) * 2 * np.abs(c.pred - c.target))
formula(MSE, "the_loss", "formula", lambda dy, c: each(dy, c, c.target) * (c.pred - c.target) ** 2)
formula(MSE, "sign_of_difference", "formula", lambda dy, c: each(dy, c, c.target) * np.sign(c.pred - c.target))
formula(MSE, "cubed", "formula", lambda dy, c: each(dy, c, c.target) * 2 * (c.pred - c.target) ** 3)
formula(MSE, "mean_difference", "reduction", lambda dy, c: each(dy, c, c.target) * 2 * (c.pred - c.target).mean())
formula(MSE, "root", "formula", lambda dy, c: each(dy, c, c.target) * (c.pred - c.target) / np.sqrt(((c.pred - c.target) ** 2).mean() + 1e-30))
formula(MSE, "two_of_pred", "formula", lambda dy, c: each(dy, c, c.target) * 2 * c.pred)
formula(MSE, "relative", "formula", lambda dy, c: each(dy, c, c.target) * 2 * (c.pred - c.target) / c.target)
formula(MSE, "scalar", "shape", lambda dy, c: np.sum(dy * 2 * (c.pred - c.target)))
formula(MSE, "single", "dtype", lambda dy, c: (each(dy, c, c.target) * 2 * (c.pred - c.target)).astype(np.float32))


def s(a):
    return 0.5 * (1 + np.tanh(a / 2))


formula(BCE, "no_sigmoid", "formula", lambda dy, c: each(dy, c, c.target) * (c.logits - c.target))
formula(BCE, "sign", "sign", lambda dy, c: each(dy, c, c.target) * (c.target - s(c.logits)))
formula(BCE, "with_slope", "formula", lambda dy, c: each(dy, c, c.target) * (s(c.logits) - c.target) * s(c.logits) * (1 - s(c.logits)))
formula(BCE, "by_p", ("formula", "stability"), lambda dy, c: each(dy, c, c.target) * (s(c.logits) - c.target) / (s(c.logits) * (1 - s(c.logits))))
formula(BCE, "doubled", "scale", lambda dy, c: each(dy, c, c.target) * 2 * (s(c.logits) - c.target))
formula(BCE, "not_averaged", "scale", lambda dy, c: dy * (s(c.logits) - c.target))
formula(BCE, "over_batch", ("scale", "option"), lambda dy, c: (s(c.logits) - c.target) * (dy / len(c.target) if c.reduction == "mean" else dy))
formula(BCE, "only_p", "formula", lambda dy, c: each(dy, c, c.target) * s(c.logits))
formula(BCE, "only_target", "formula", lambda dy, c: each(dy, c, c.target) * -c.target)
formula(BCE, "one_half", "formula", lambda dy, c: each(dy, c, c.target) * -c.target * (1 - s(c.logits)))
formula(BCE, "other_half", "formula", lambda dy, c: each(dy, c, c.target) * (1 - c.target) * s(c.logits))
formula(BCE, "tanh", "formula", lambda dy, c: each(dy, c, c.target) * (np.tanh(c.logits) - c.target))
formula(BCE, "rounded_target", "formula", lambda dy, c: each(dy, c, c.target) * (s(c.logits) - np.round(c.target)))
formula(BCE, "rounded_p", "formula", lambda dy, c: each(dy, c, c.target) * ((c.logits > 0) - c.target))
formula(BCE, "one_minus_target", "formula", lambda dy, c: each(dy, c, c.target) * (s(c.logits) - (1 - c.target)))
formula(BCE, "minus_logit", "formula", lambda dy, c: each(dy, c, c.target) * (s(-c.logits) - c.target))
formula(BCE, "overflows", "stability", lambda dy, c: each(dy, c, c.target) * (np.exp(c.logits) / (1 + np.exp(c.logits)) - c.target))
formula(BCE, "without_dy", "upstream", lambda dy, c: each(np.ones_like(dy), c, c.target) * (s(c.logits) - c.target))
formula(BCE, "always_mean", "option", lambda dy, c: dy * (s(c.logits) - c.target) / c.target.size)
formula(BCE, "clipped_far", ("stability", "formula", "precision"), lambda dy, c: each(dy, c, c.target) * (np.clip(s(c.logits), 0.3, 0.7) - c.target))


def d(c):
    return c.pred - c.target


def slope(c, beta=None):
    beta = c.beta if beta is None else beta
    return np.sign(d(c)) if beta == 0 else np.clip(d(c) / beta, -1, 1)


formula(SL1, "beta_one", "option", lambda dy, c: each(dy, c, c.target) * slope(c, 1.0))
formula(SL1, "no_division", "option", lambda dy, c: each(dy, c, c.target) * np.where(np.abs(d(c)) < c.beta, d(c), np.sign(d(c))))
formula(SL1, "times_beta", ("option", "formula"), lambda dy, c: each(dy, c, c.target) * np.where(np.abs(d(c)) < c.beta, d(c) * c.beta, np.sign(d(c))))
formula(SL1, "far_is_beta", ("option", "formula"), lambda dy, c: each(dy, c, c.target) * np.where(np.abs(d(c)) < c.beta, d(c) / (c.beta or 1), c.beta * np.sign(d(c))))
formula(SL1, "parabola", "mask", lambda dy, c: each(dy, c, c.target) * (d(c) / c.beta if c.beta else np.sign(d(c))))
formula(SL1, "line", "mask", lambda dy, c: each(dy, c, c.target) * np.sign(d(c)))
formula(SL1, "other_way_round", "mask", lambda dy, c: each(dy, c, c.target) * np.where(np.abs(d(c)) >= c.beta, d(c) / (c.beta or 1), np.sign(d(c))))
formula(SL1, "without_abs", "mask", lambda dy, c: each(dy, c, c.target) * np.where(d(c) < c.beta, d(c) / (c.beta or 1), np.sign(d(c))))
formula(SL1, "far_is_plus_one", ("mask", "formula", "sign"), lambda dy, c: each(dy, c, c.target) * np.where(np.abs(d(c)) < c.beta, d(c) / (c.beta or 1), 1.0))
formula(SL1, "doubled_inside", "formula", lambda dy, c: each(dy, c, c.target) * np.where(np.abs(d(c)) < c.beta, 2 * d(c) / (c.beta or 1), np.sign(d(c))))
formula(SL1, "sign", "sign", lambda dy, c: -each(dy, c, c.target) * slope(c))
formula(SL1, "not_averaged", "scale", lambda dy, c: dy * slope(c))
formula(SL1, "over_batch", ("scale", "option"), lambda dy, c: slope(c) * (dy / len(c.pred) if c.reduction == "mean" else dy))
formula(SL1, "always_mean", "option", lambda dy, c: dy / c.pred.size * slope(c))
formula(SL1, "without_dy", "upstream", lambda dy, c: each(np.ones_like(dy), c, c.target) * slope(c))
formula(SL1, "halved", "scale", lambda dy, c: each(dy, c, c.target) * slope(c) / 2)
formula(SL1, "divides_by_zero", "kink", lambda dy, c: each(dy, c, c.target) * np.clip(d(c) / c.beta, -1, 1))
formula(SL1, "far_is_zero", ("mask", "formula"), lambda dy, c: each(dy, c, c.target) * np.where(np.abs(d(c)) < c.beta, d(c) / (c.beta or 1), 0.0))
formula(SL1, "halfway", ("formula", "mask"), lambda dy, c: each(dy, c, c.target) * np.where(np.abs(d(c)) < c.beta / 2, d(c) / (c.beta or 1), np.sign(d(c))))


@wrong(CE, "mutation")
def subtracts_in_the_cache(dy, cache):
    cache.log_p[...] -= 1e-3
    return ce(p_of(cache), hot(cache), dy, cache)


@wrong(CE, "stability", "formula", "precision")
def divides_by_p(dy, cache):
    """The chain rule in two steps, with a division that fails where p is 0."""
    p, t = p_of(cache), hot(cache)
    dp = -each(dy, cache, cache.target)[:, None] * t / p
    return p * (dp - (dp * p).sum(1, keepdims=True))


# Right, each in its own way.


@right(CE)
def assigns_at_the_target(dy, cache):
    g = p_of(cache)
    index = np.indices(cache.target.shape)
    g[(index[0], cache.target, *index[1:])] -= 1
    return g * each(dy, cache, cache.target)[:, None]


@right(CE)
def sample_by_sample(dy, cache):
    g, weights = np.empty_like(cache.log_p), each(dy, cache, cache.target)
    for place in np.ndindex(*cache.target.shape):
        n, *rest = place
        column = np.exp(cache.log_p[(n, slice(None), *rest)])
        column[cache.target[place]] -= 1
        g[(n, slice(None), *rest)] = weights[place] * column
    return g


@right(CE)
def with_put_along_axis(dy, cache):
    t = np.zeros(cache.log_p.shape, np.float32)
    np.put_along_axis(t, np.expand_dims(cache.target, 1).astype(np.int64), 1, axis=1)
    g = (np.exp(cache.log_p.astype(np.float32)) - t).astype(cache.log_p.dtype)
    return g * each(dy, cache, cache.target)[:, None]


@right(CE)
def through_log_softmax(dy, cache):
    """-dy at the target, back through log p = x - log sum exp x."""
    up = -hot(cache) * each(dy, cache, cache.target)[:, None]
    return up - np.exp(cache.log_p) * up.sum(axis=1, keepdims=True)


@right(MSE)
def error_first(dy, cache):
    error = np.subtract(cache.pred, cache.target)
    error += error
    error *= each(dy, cache, cache.target)
    return error


@right(MSE)
def factor_in_front(dy, cache):
    scale = 2 * np.asarray(dy, cache.pred.dtype) / (cache.pred.size if cache.reduction == "mean" else 1)
    return np.asfortranarray((cache.pred - cache.target) * scale)


@right(MSE)
def one_entry_at_a_time(dy, cache):
    up = each(dy, cache, cache.target)
    numbers = [2.0 * float(g) * (float(p) - float(t)) for g, p, t in zip(up.flat, cache.pred.flat, cache.target.flat, strict=True)]
    return np.array(numbers, cache.pred.dtype).reshape(cache.pred.shape)


@right(BCE)
def by_tanh(dy, cache):
    return each(dy, cache, cache.target) * (s(cache.logits) - cache.target)


@right(BCE)
def in_two_branches(dy, cache):
    x = cache.logits
    p = np.empty_like(x)
    up = x >= 0
    p[up] = 1 / (1 + np.exp(-x[up]))
    e = np.exp(x[~up])
    p[~up] = e / (1 + e)
    return (p - cache.target) * each(dy, cache, cache.target)


@right(BCE)
def both_halves(dy, cache):
    p, t = s(cache.logits), cache.target
    return each(dy, cache, t) * ((1 - t) * p - t * (1 - p))


@right(BCE)
def single_inside(dy, cache):
    p = s(cache.logits.astype(np.float32))
    return ((p - cache.target.astype(np.float32)) * each(dy, cache, cache.target)).astype(cache.logits.dtype)


@right(SL1)
def clipped(dy, cache):
    return each(dy, cache, cache.target) * slope(cache)


@right(SL1)
def three_pieces(dy, cache):
    x, b = d(cache), cache.beta
    return each(dy, cache, cache.target) * np.piecewise(x, [x <= -b, x >= b], [-1.0, 1.0, lambda v: v / b])


@right(SL1)
def minimum_of_two(dy, cache):
    size = np.abs(d(cache))
    inside = size < cache.beta
    out = np.sign(d(cache))
    out[inside] = d(cache)[inside] / cache.beta
    return out * each(dy, cache, cache.target)
