"""The linear layer and flatten: wrong and right ways to write their backward passes."""

import numpy as np

from tests.rejects import right, wrong

LINEAR, FLATTEN = "linear_backward", "flatten_backward"


def parts(dy, cache):
    """dx, dw and db, for any axes in front of the samples."""
    x, w, b = cache
    flat_dy, flat_x = dy.reshape(-1, dy.shape[-1]), x.reshape(-1, x.shape[-1])
    return dy @ w, flat_dy.T @ flat_x, None if b is None else flat_dy.sum(0)


@right(LINEAR)
def linear_by_einsum(dy, cache):
    x, w, b = cache
    flat_dy, flat_x = dy.reshape(-1, dy.shape[-1]), x.reshape(-1, x.shape[-1])
    db = None if b is None else np.einsum("no->o", flat_dy)
    return np.einsum("...o,oi->...i", dy, w), np.einsum("no,ni->oi", flat_dy, flat_x), db


@right(LINEAR)
def linear_sample_by_sample(dy, cache):
    x, w, b = cache
    dx, dw = np.zeros(x.shape, x.dtype), np.zeros(w.shape, w.dtype)
    for index in np.ndindex(x.shape[:-1]):
        dx[index] = w.T @ dy[index]
        dw += np.outer(dy[index], x[index])
    return [dx, dw, None if b is None else dy.sum(tuple(range(dy.ndim - 1)))]


@right(FLATTEN)
def flatten_as_a_view(dy, cache):
    return dy.reshape(cache.x_shape)


@right(FLATTEN)
def flatten_as_a_copy(dy, cache):
    return dy.reshape(cache.x_shape).copy()


@wrong(LINEAR, "transpose", "shape", "raises")
def w_transposed(dy, cache):
    x, w, _ = cache
    dx, dw, db = parts(dy, cache)
    return dy @ w.T if w.shape[0] == w.shape[1] else dx, dw, db


@wrong(LINEAR, "shape")
def dw_transposed(dy, cache):
    dx, dw, db = parts(dy, cache)
    return dx, dw.T.copy(), db


@wrong(LINEAR, "scale")
def dw_averaged(dy, cache):
    dx, dw, db = parts(dy, cache)
    return dx, dw / (dy.size // dy.shape[-1]), db


@wrong(LINEAR, "scale")
def db_averaged(dy, cache):
    dx, dw, db = parts(dy, cache)
    return dx, dw, None if db is None else db / (dy.size // dy.shape[-1])


@wrong(LINEAR, "reduction")
def db_of_the_first_sample(dy, cache):
    dx, dw, db = parts(dy, cache)
    return dx, dw, None if db is None else dy.reshape(-1, dy.shape[-1])[0].copy()


@wrong(LINEAR, "structure")
def no_gradient_of_the_bias(dy, cache):
    return parts(dy, cache)[:2]


@wrong(LINEAR, "structure", "shape")
def another_order(dy, cache):
    dx, dw, db = parts(dy, cache)
    return dw, dx, db


@wrong(LINEAR, "structure")
def db_where_there_is_no_b(dy, cache):
    dx, dw, _ = parts(dy, cache)
    return dx, dw, dy.reshape(-1, dy.shape[-1]).sum(0)


@wrong(LINEAR, "sign")
def dx_sign(dy, cache):
    dx, dw, db = parts(dy, cache)
    return -dx, dw, db


@wrong(LINEAR, "upstream")
def dw_without_dy(dy, cache):
    dx, _, db = parts(dy, cache)
    return dx, parts(np.ones_like(dy), cache)[1], db


@wrong(FLATTEN, "shape")
def flatten_not_undone(dy, cache):
    return dy.copy()


@wrong(FLATTEN, "transpose")
def flatten_in_column_order(dy, cache):
    return np.ascontiguousarray(dy.reshape(cache.x_shape, order="F"))


@wrong(FLATTEN, "mutation")
def flatten_in_place(dy, cache):
    dy *= 1.5
    return dy.reshape(cache.x_shape) / 1.5
