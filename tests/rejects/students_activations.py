"""Activations as eight students write them: each mistake with the code that the table of codes gives it."""

import numpy as np

from tests.rejects import right, wrong

R, LR, S, T, SM = (f"{name}_backward" for name in ("relu", "leaky_relu", "sigmoid", "tanh", "softmax"))


def formula(exercise, name, code, f):
    """A wrong backward as one expression of dy and the cache."""

    def backward(dy, cache):
        return f(dy, cache)

    backward.__name__ = name
    wrong(exercise, *(code if isinstance(code, tuple) else (code,)))(backward)


formula(R, "halved", "scale", lambda dy, c: dy * (c.x > 0) / 2)
formula(R, "averaged", "scale", lambda dy, c: dy * (c.x > 0) / len(dy))
formula(R, "slope_of_abs", "mask", lambda dy, c: dy * np.sign(c.x))
formula(R, "masked_by_dy", "mask", lambda dy, c: dy * (dy > 0))
formula(R, "threshold_at_one", "mask", lambda dy, c: dy * (c.x > 1))
formula(R, "threshold_at_minus_one", "mask", lambda dy, c: dy * (c.x > -1))
formula(R, "absolute_dy", ("formula", "sign", "mask"), lambda dy, c: np.abs(dy) * (c.x > 0))
formula(R, "relu_of_dy", "mask", lambda dy, c: np.maximum(dy, 0))
formula(R, "times_x_everywhere", "formula", lambda dy, c: dy * c.x)
formula(R, "leaks", ("mask", "formula"), lambda dy, c: np.where(c.x > 0, dy, 0.01 * dy))
formula(R, "ones_below", ("mask", "formula"), lambda dy, c: np.where(c.x > 0, dy, 1.0))
formula(R, "mean_of_dy", "upstream", lambda dy, c: np.where(c.x > 0, dy.mean(), 0.0))
formula(R, "summed", "shape", lambda dy, c: (dy * (c.x > 0)).sum(0))
formula(R, "infinite_at_zero", "kink", lambda dy, c: dy * np.maximum(c.x, 0) / c.x)
formula(R, "dead_at_large", ("mask", "stability"), lambda dy, c: dy * ((c.x > 0) & (c.x < 6)))
formula(R, "nothing", ("mask", "scale", "formula"), lambda dy, c: np.zeros_like(dy))
formula(R, "flat", "shape", lambda dy, c: (dy * (c.x > 0)).ravel())
formula(R, "two_results", "structure", lambda dy, c: (dy * (c.x > 0), None))
formula(R, "single", "dtype", lambda dy, c: (dy * (c.x > 0)).astype(np.float32))
formula(R, "whole_numbers", "dtype", lambda dy, c: (dy * (c.x > 0)).astype(np.int64))

formula(LR, "slope_everywhere", "mask", lambda dy, c: c.negative_slope * dy)
formula(LR, "other_way_round", "mask", lambda dy, c: np.where(c.x > 0, c.negative_slope * dy, dy))
formula(LR, "adds_the_slope", "formula", lambda dy, c: np.where(c.x > 0, dy, dy + c.negative_slope))
formula(LR, "slope_alone", ("formula", "upstream"), lambda dy, c: np.where(c.x > 0, dy, c.negative_slope))
formula(LR, "negative_leak", ("mask", "formula"), lambda dy, c: np.where(c.x > 0, dy, -c.negative_slope * dy))
formula(LR, "slope_times_x", "formula", lambda dy, c: np.where(c.x > 0, dy, c.negative_slope * c.x * dy))
formula(LR, "divides_by_the_slope", "formula", lambda dy, c: np.where(c.x > 0, dy, dy / c.negative_slope))
formula(LR, "squares_the_slope", "formula", lambda dy, c: np.where(c.x > 0, dy, dy * c.negative_slope**2))
formula(LR, "one_hundredth", "option", lambda dy, c: np.where(c.x > 0, dy, 0.01 * dy))
formula(LR, "masked_by_dy", "mask", lambda dy, c: np.where(dy > 0, dy, c.negative_slope * dy))
formula(LR, "sign", "sign", lambda dy, c: -np.where(c.x > 0, dy, c.negative_slope * dy))
formula(LR, "without_dy", "upstream", lambda dy, c: np.where(c.x > 0, 1.0, c.negative_slope).astype(dy.dtype))
formula(LR, "both", "formula", lambda dy, c: dy * (c.x > 0) + c.negative_slope * dy)
formula(LR, "one_minus_slope", "formula", lambda dy, c: np.where(c.x > 0, dy, (1 - c.negative_slope) * dy))

formula(S, "without_one_minus", "formula", lambda dy, c: dy * (1 - c.y))
formula(S, "one_plus", "formula", lambda dy, c: dy * c.y * (1 + c.y))
formula(S, "squared", "formula", lambda dy, c: dy * c.y**2)
formula(S, "slope_of_tanh", "formula", lambda dy, c: dy * (1 - c.y**2))
formula(S, "is_y_itself", "upstream", lambda dy, c: c.y * (1 - c.y))
formula(S, "twice", "formula", lambda dy, c: dy * (c.y * (1 - c.y)) ** 2)
formula(S, "root", "formula", lambda dy, c: dy * np.sqrt(c.y * (1 - c.y)))
formula(S, "y_times_x", "formula", lambda dy, c: dy * c.y * (1 - np.log(c.y / (1 - c.y))))
formula(S, "passes", "formula", lambda dy, c: dy.copy())
formula(S, "quarter", "formula", lambda dy, c: dy / 4)
formula(S, "over_batch", "scale", lambda dy, c: dy * c.y * (1 - c.y) / len(dy))
formula(S, "divided", "formula", lambda dy, c: dy / (c.y * (1 - c.y)))
formula(S, "by_the_logarithm", "formula", lambda dy, c: dy * c.y * np.log(c.y))
formula(S, "recovers_x", "stability", lambda dy, c: (lambda x: dy * np.exp(-x) / (1 + np.exp(-x)) ** 2)(np.log(c.y / (1 - c.y))))
formula(S, "mean_of_dy", "upstream", lambda dy, c: dy.mean() * c.y * (1 - c.y))
formula(S, "sigmoid_of_dy", "formula", lambda dy, c: (lambda s: s * (1 - s))(1 / (1 + np.exp(-dy))))

formula(T, "one_plus_square", "formula", lambda dy, c: dy * (1 + c.y**2))
formula(T, "minus_one", "sign", lambda dy, c: dy * (c.y**2 - 1))
formula(T, "tanh_again", "formula", lambda dy, c: dy * (1 - np.tanh(c.y) ** 2))
formula(T, "square_of_the_difference", "formula", lambda dy, c: dy * (1 - c.y) ** 2)
formula(T, "one_plus", "formula", lambda dy, c: dy * (1 + c.y))
formula(T, "y_only", "formula", lambda dy, c: dy * c.y)
formula(T, "square_only", "formula", lambda dy, c: dy * c.y**2)
formula(T, "passes", "formula", lambda dy, c: dy.copy())
formula(T, "half", "scale", lambda dy, c: dy * (1 - c.y**2) / 2)
formula(T, "twice_y", "formula", lambda dy, c: dy * (1 - 2 * c.y))
formula(T, "cube", "formula", lambda dy, c: dy * (1 - c.y**3))
formula(T, "root", "formula", lambda dy, c: dy * np.sqrt(1 - c.y**2))
formula(T, "slope_squared", "formula", lambda dy, c: dy * (1 - c.y**2) ** 2)
formula(T, "without_dy", "upstream", lambda dy, c: 1 - c.y**2)
formula(T, "dy_squared", "formula", lambda dy, c: dy**2 * (1 - c.y**2))
formula(T, "dy_inside", "formula", lambda dy, c: dy - c.y**2)


def total(dy, c, **kw):
    return (dy * c.y).sum(axis=c.dim, keepdims=True, **kw)


formula(SM, "plus_the_sum", "formula", lambda dy, c: c.y * (dy + total(dy, c)))
formula(SM, "sum_outside", "formula", lambda dy, c: c.y * dy - total(dy, c))
formula(SM, "without_outer_y", "formula", lambda dy, c: dy - total(dy, c))
formula(SM, "second_part_only", "formula", lambda dy, c: -c.y * total(dy, c))
formula(SM, "mean_instead_of_sum", "formula", lambda dy, c: c.y * (dy - (dy * c.y).mean(axis=c.dim, keepdims=True)))
formula(SM, "over_batch", "scale", lambda dy, c: c.y * (dy - total(dy, c)) / len(dy))
formula(SM, "y_minus_one_hot", "formula", lambda dy, c: c.y - (dy == dy.max(axis=c.dim, keepdims=True)))
formula(SM, "y_minus_dy", ("formula", "upstream"), lambda dy, c: c.y - dy)
formula(SM, "passes", "formula", lambda dy, c: dy.copy())
formula(SM, "of_log_softmax", "formula", lambda dy, c: dy - c.y * dy.sum(axis=c.dim, keepdims=True))
formula(SM, "first_axis", ("option", "reduction"), lambda dy, c: c.y * (dy - (dy * c.y).sum(axis=0, keepdims=True)))
formula(SM, "sign", "sign", lambda dy, c: c.y * (total(dy, c) - dy))
formula(SM, "whole_array", "reduction", lambda dy, c: c.y * (dy - (dy * c.y).sum()))
formula(SM, "squared_y", "formula", lambda dy, c: c.y**2 * (dy - total(dy, c)))
formula(SM, "jacobian_without_diagonal", "formula", lambda dy, c: c.y * (c.y * dy - total(dy, c)))
formula(SM, "axis_one", ("option", "raises"), lambda dy, c: c.y * (dy - (dy * c.y).sum(axis=1, keepdims=True)))
formula(SM, "without_dy", "upstream", lambda dy, c: c.y * (1 - c.y))
formula(SM, "largest_only", "formula", lambda dy, c: c.y * (dy - (dy * c.y).max(axis=c.dim, keepdims=True)))
formula(SM, "lost_axis", ("raises", "shape"), lambda dy, c: c.y * (dy - (dy * c.y).sum(axis=c.dim)))
formula(SM, "softmax_again", "formula", lambda dy, c: (lambda s: s * (dy - (dy * s).sum(c.dim, keepdims=True)))(np.exp(c.y) / np.exp(c.y).sum(c.dim, keepdims=True)))
formula(SM, "halved", "scale", lambda dy, c: c.y * (dy - total(dy, c)) / 2)


@wrong(SM, "mutation")
def softmax_in_place(dy, cache):
    dy *= cache.y
    return dy - cache.y * dy.sum(axis=cache.dim, keepdims=True)


@wrong(T, "mutation")
def tanh_squares_the_cache(dy, cache):
    np.square(cache.y, out=cache.y)
    return dy * (1 - cache.y)


@wrong(S, "nondeterministic")
def sigmoid_with_noise(dy, cache):
    return dy * cache.y * (1 - cache.y) + np.random.default_rng().normal(0, 1e-3, dy.shape)


BUFFERS: dict = {}


@wrong(R, "mutation")
def relu_in_one_buffer(dy, cache):
    out = BUFFERS.setdefault((dy.shape, dy.dtype), np.empty(dy.shape, dy.dtype))
    return np.multiply(dy, cache.x > 0, out=out)


@wrong(T, "precision", "formula")
def tanh_by_differences(dy, cache):
    x, h = np.arctanh(np.clip(cache.y, -1 + 1e-15, 1 - 1e-15)), 1e-6
    return dy * (np.tanh(x + h) - np.tanh(x - h)) / (2 * h)


# Right, each in its own way.


@right(R)
def relu_entry_by_entry(dy, cache):
    dx = np.zeros_like(dy)
    for k in np.ndindex(dy.shape):
        if cache.x[k] > 0:
            dx[k] = dy[k]
    return dx


@right(R)
def relu_by_heaviside(dy, cache):
    return np.asfortranarray(dy * np.heaviside(cache.x, 0.5).astype(dy.dtype))


@right(R)
def relu_by_places(dy, cache):
    dx, places = np.zeros(dy.size, dy.dtype), np.flatnonzero(cache.x > 0)
    np.add.at(dx, places, dy.reshape(-1)[places])
    return dx.reshape(dy.shape)


@right(R)
def relu_by_selection(dy, cache):
    return np.select([cache.x > 0, cache.x < 0], [dy, np.zeros_like(dy)], 0.25 * dy)


@right(R)
def relu_masked_array(dy, cache):
    return np.ma.filled(np.ma.masked_where(cache.x <= 0, dy), 0.0)


@right(LR)
def leaky_from_relu(dy, cache):
    return dy * (cache.x > 0) + cache.negative_slope * (dy * (cache.x <= 0))


@right(LR)
def leaky_by_power(dy, cache):
    return dy * np.asarray(cache.negative_slope, dy.dtype) ** (cache.x <= 0)


@right(LR)
def leaky_list_comprehension(dy, cache):
    flat = [g if x > 0 else cache.negative_slope * g for g, x in zip(dy.ravel(), cache.x.ravel(), strict=True)]
    return np.array(flat, dy.dtype).reshape(dy.shape)


@right(S)
def sigmoid_as_a_square(dy, cache):
    return dy * (0.25 - (cache.y - 0.5) ** 2)


@right(S)
def sigmoid_in_place_on_a_copy(dy, cache):
    dx = 1 - cache.y
    dx *= cache.y
    dx *= dy
    return dx


@right(T)
def tanh_einsum(dy, cache):
    return dy - np.einsum("...,...,...->...", dy, cache.y, cache.y)


@right(T)
def tanh_single(dy, cache):
    y = cache.y.astype(np.float32)
    return (dy.astype(np.float32) * (1 - y * y)).astype(dy.dtype)


@right(SM)
def softmax_row_by_row(dy, cache):
    y, g = np.moveaxis(cache.y, cache.dim, -1), np.moveaxis(dy, cache.dim, -1)
    out = np.empty_like(g)
    for k in np.ndindex(y.shape[:-1]):
        out[k] = (np.diag(y[k]) - np.outer(y[k], y[k])) @ g[k]
    return np.moveaxis(out, -1, cache.dim)


@right(SM)
def softmax_centred(dy, cache):
    """The mean of dy weighed by y may be taken off before or after."""
    shift = dy.max(axis=cache.dim, keepdims=True)
    return cache.y * ((dy - shift) - ((dy - shift) * cache.y).sum(axis=cache.dim, keepdims=True))


@right(SM)
def softmax_two_products(dy, cache):
    yg = cache.y * dy
    return yg - cache.y * np.add.reduce(yg, axis=cache.dim, keepdims=True)


@right(SM)
def softmax_single(dy, cache):
    y, g = cache.y.astype(np.float32), dy.astype(np.float32)
    return (y * (g - (g * y).sum(cache.dim, keepdims=True))).astype(dy.dtype)


@right(SM)
def softmax_with_apply(dy, cache):
    if not dy.size:
        return dy.copy()
    both = np.stack([cache.y, dy])
    dim = cache.dim % dy.ndim + 1

    def one(pair):
        y, g = pair[: len(pair) // 2], pair[len(pair) // 2 :]
        return y * (g - y @ g)

    return np.apply_along_axis(one, dim - 1, np.concatenate(list(both), axis=dim - 1)).astype(dy.dtype)
