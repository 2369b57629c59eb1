"""linear and flatten as eight students write them: each mistake with the code that the table of codes gives it."""

import numpy as np

from tests.rejects import right, wrong

L, FL = "linear_backward", "flatten_backward"


def parts(dy, cache):
    """The right answers, to be broken one at a time."""
    x, w, b = cache
    flat, rows = dy.reshape(-1, dy.shape[-1]), x.reshape(-1, x.shape[-1])
    return dy @ w, flat.T @ rows, None if b is None else flat.sum(0)


def broken(name, *codes, dx=None, dw=None, db=None):
    """Right in all but what is given: (right value, dy, cache) -> wrong value."""

    @wrong(L, *codes)
    def linear(dy, cache):
        values = parts(dy, cache)
        changes = (dx, dw, db)
        return tuple(
            v if change is None or v is None else change(v, dy, cache) for v, change in zip(values, changes, strict=True)
        )

    linear.__name__ = name


broken("dx_sign", "sign", dx=lambda v, dy, c: -v)
broken("dw_sign", "sign", dw=lambda v, dy, c: -v)
broken("db_sign", "sign", db=lambda v, dy, c: -v)
broken("dx_halved", "scale", dx=lambda v, dy, c: v / 2)
broken("dx_over_batch", "scale", dx=lambda v, dy, c: v / (dy.size // dy.shape[-1]))
broken("dx_over_outputs", "scale", dx=lambda v, dy, c: v / dy.shape[-1])
broken("dw_over_batch", "scale", dw=lambda v, dy, c: v / (dy.size // dy.shape[-1]))
broken("dw_over_inputs", "scale", dw=lambda v, dy, c: v / v.shape[1])
broken("dw_times_batch", "scale", dw=lambda v, dy, c: v * (dy.size // dy.shape[-1]))
broken("db_over_batch", "scale", db=lambda v, dy, c: v / (dy.size // dy.shape[-1]))
broken("db_tripled", "scale", db=lambda v, dy, c: 3 * v)
broken("db_is_ones_times_batch", "upstream", db=lambda v, dy, c: np.full_like(v, dy.size // dy.shape[-1]))
broken("dw_without_dy", "upstream", dw=lambda v, dy, c: np.ones_like(dy).reshape(-1, len(v)).T @ c.x.reshape(-1, v.shape[1]))
broken("dx_without_dy", "upstream", dx=lambda v, dy, c: np.ones_like(dy) @ c.w)
broken("dx_with_mean_dy", "upstream", dx=lambda v, dy, c: np.full_like(dy, dy.mean()) @ c.w)
broken("db_total", "reduction", db=lambda v, dy, c: np.full_like(v, dy.sum()))
broken("db_first_sample", "reduction", db=lambda v, dy, c: dy.reshape(-1, dy.shape[-1])[0].copy())
broken("db_last_sample", "reduction", db=lambda v, dy, c: dy.reshape(-1, dy.shape[-1])[-1].copy())
broken("db_not_summed", "shape", db=lambda v, dy, c: dy.copy())
broken("db_kept_as_row", "shape", db=lambda v, dy, c: v[None])
broken("db_over_the_wrong_axis", "shape", "structure", db=lambda v, dy, c: dy.reshape(-1, dy.shape[-1]).sum(1))
broken("dw_last_sample_wins", "reduction", dw=lambda v, dy, c: np.outer(dy.reshape(-1, len(v))[-1], c.x.reshape(-1, v.shape[1])[-1]))
broken("dw_first_sample_only", "reduction", dw=lambda v, dy, c: np.outer(dy.reshape(-1, len(v))[0], c.x.reshape(-1, v.shape[1])[0]))
broken("dw_all_but_last_sample", "reduction", dw=lambda v, dy, c: dy.reshape(-1, len(v))[:-1].T @ c.x.reshape(-1, v.shape[1])[:-1])
broken("dw_transposed", "shape", dw=lambda v, dy, c: v.T.copy())
broken("dw_transposed_if_square", "transpose", dw=lambda v, dy, c: v.T.copy() if v.shape[0] == v.shape[1] else v)
broken("dx_with_w_transposed_if_square", "transpose", dx=lambda v, dy, c: dy @ c.w.T if c.w.shape[0] == c.w.shape[1] else v)
broken("dx_plus_bias", "formula", dx=lambda v, dy, c: v + 0.1 * np.sign(v))
broken("dx_with_absolute_weights", "formula", dx=lambda v, dy, c: dy @ np.abs(c.w))
broken("dw_of_sums", "formula", "reduction", dw=lambda v, dy, c: np.outer(dy.reshape(-1, len(v)).sum(0), c.x.reshape(-1, v.shape[1]).sum(0)))
broken("dw_of_means", "formula", "reduction", dw=lambda v, dy, c: np.outer(dy.reshape(-1, len(v)).mean(0), c.x.reshape(-1, v.shape[1]).mean(0)))
broken("dw_with_decay", "formula", dw=lambda v, dy, c: v + 0.01 * c.w)
broken("dw_clipped", "formula", dw=lambda v, dy, c: np.clip(v, -5, 5))
broken("dx_none", "structure", dx=lambda v, dy, c: None)
broken("db_zeros_without_bias", "structure", db=lambda v, dy, c: None)
broken("dw_integer", "dtype", dw=lambda v, dy, c: v.astype(int))
broken("dx_float16", "dtype", dx=lambda v, dy, c: v.astype(np.float16))
broken("db_float32", "dtype", db=lambda v, dy, c: v.astype(np.float32))
broken("dw_complex", "dtype", dw=lambda v, dy, c: v.astype(complex))
broken("dx_is_w", "shape", "mutation", dx=lambda v, dy, c: c.w)


@wrong(L, "structure")
def only_two(dy, cache):
    return parts(dy, cache)[:2]


@wrong(L, "shape", "structure")
def other_order(dy, cache):
    dx, dw, db = parts(dy, cache)
    return dw, dx, db


@wrong(L, "structure")
def as_a_dictionary(dy, cache):
    return dict(zip(("dx", "dw", "db"), parts(dy, cache), strict=True))


@wrong(L, "structure")
def bias_always(dy, cache):
    dx, dw, _ = parts(dy, cache)
    return dx, dw, dy.reshape(-1, dy.shape[-1]).sum(0)


@wrong(L, "shape")
def leading_axes_forgotten(dy, cache):
    dx, dw, db = parts(dy, cache)
    return dx.reshape(-1, dx.shape[-1]), dw, db


@wrong(L, "shape", "raises")
def two_axes_only(dy, cache):
    dx, _, db = parts(dy, cache)
    return dx, dy.T @ cache.x, db


@wrong(L, "mutation")
def scales_dy_in_place(dy, cache):
    values = parts(dy, cache)
    dy *= 2
    return values


@wrong(L, "mutation")
def writes_into_the_weights(dy, cache):
    values = parts(dy, cache)
    cache.w[...] -= 0.01
    return values


KEPT: dict = {}


@wrong(L, "nondeterministic", "mutation")
def remembers_by_shape(dy, cache):
    """A memo whose key says too little."""
    return KEPT.setdefault((dy.shape, cache.w.shape, cache.b is None), parts(dy, cache))


BY_DY: dict = {}


@wrong(L, "nondeterministic", "mutation", "formula")
def remembers_by_dy(dy, cache):
    """A memo of dx keyed by dy, which forgets w."""
    _, dw, db = parts(dy, cache)
    key = (dy.tobytes(), dy.shape)
    if key not in BY_DY:
        BY_DY[key] = dy @ cache.w
    return BY_DY[key].copy(), dw, db


@wrong(FL, "shape")
def still_flat(dy, cache):
    return dy.copy()


@wrong(FL, "transpose")
def in_column_order(dy, cache):
    return dy.reshape(cache.x_shape, order="F").copy()


@wrong(FL, "scale")
def flatten_averages(dy, cache):
    return dy.reshape(cache.x_shape) / dy.shape[1]


@wrong(FL, "upstream")
def flatten_ones(dy, cache):
    return np.ones(cache.x_shape, dy.dtype)


@wrong(FL, "flip")
def flatten_backwards(dy, cache):
    return dy[:, ::-1].reshape(cache.x_shape).copy()


@wrong(FL, "flip", "reduction", "transpose")
def flatten_samples_reversed(dy, cache):
    return dy[::-1].reshape(cache.x_shape).copy()


@wrong(FL, "sign")
def flatten_sign(dy, cache):
    return -dy.reshape(cache.x_shape)


@wrong(FL, "transpose")
def axes_reversed(dy, cache):
    n, *rest = cache.x_shape
    return dy.reshape(n, *rest[::-1]).transpose(0, *range(len(rest), 0, -1)).copy()


@wrong(FL, "shape")
def all_in_one_row(dy, cache):
    return dy.reshape(-1).copy()


@wrong(FL, "mutation")
def flatten_in_place(dy, cache):
    dx = dy.reshape(cache.x_shape)
    dx *= 1.5
    return dx / 1.5


# Right, each in its own way.


@right(L)
def entry_by_entry(dy, cache):
    x, w, b = cache
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros(len(w), dy.dtype)
    for place in np.ndindex(*x.shape[:-1]):
        for o in range(len(w)):
            db[o] += dy[place][o]
            for i in range(w.shape[1]):
                dx[(*place, i)] += dy[place][o] * w[o, i]
                dw[o, i] += dy[place][o] * x[(*place, i)]
    return [dx, dw, None if b is None else db]


@right(L)
def with_einsum(dy, cache):
    x, w, b = cache
    db = None if b is None else np.einsum("no->o", dy.reshape(-1, dy.shape[-1]))
    return np.einsum("...o,oi->...i", dy, w), np.einsum("no,ni->oi", dy.reshape(-1, len(w)), x.reshape(-1, w.shape[1])), db


@right(L)
def with_tensordot(dy, cache):
    axes = list(range(dy.ndim - 1))
    db = None if cache.b is None else np.add.reduce(dy, axis=tuple(axes))
    return np.tensordot(dy, cache.w, 1), np.tensordot(dy, cache.x, (axes, axes)), db


@right(L)
def sum_of_outer_products(dy, cache):
    rows = list(zip(dy.reshape(-1, dy.shape[-1]), cache.x.reshape(-1, cache.x.shape[-1]), strict=True))
    dw = sum((np.outer(g, x) for g, x in rows), start=np.zeros_like(cache.w))
    dx = np.array([g @ cache.w for g, _ in rows], dy.dtype).reshape(cache.x.shape)
    return dx, dw, None if cache.b is None else sum((g for g, _ in rows), start=np.zeros_like(cache.b))


@right(L)
def by_the_jacobian(dy, cache):
    """The whole matrix of the layer, for all samples at once."""
    x, w, b = cache
    n = dy.size // dy.shape[-1]
    big = np.kron(np.eye(n, dtype=dy.dtype), w)
    dx = (dy.reshape(-1) @ big).reshape(x.shape)
    outputs, inputs = w.shape
    dw = np.matmul(dy.reshape(n, outputs, 1), x.reshape(n, 1, inputs)).sum(0)
    return dx, dw, None if b is None else np.ones(n, dy.dtype) @ dy.reshape(n, outputs)


@right(L)
def single_precision_columns(dy, cache):
    x, w, b = cache
    g = np.asfortranarray(dy.reshape(-1, dy.shape[-1]), np.float32)
    dx = np.asfortranarray((g @ w.astype(np.float32)).astype(dy.dtype).reshape(x.shape))
    dw = np.asfortranarray((x.reshape(-1, x.shape[-1]).astype(np.float32).T @ g).T.astype(dy.dtype))
    return dx, dw, None if b is None else g.sum(0).astype(dy.dtype)


@right(L)
def generator_of_gradients(dy, cache):
    def each():
        yield from parts(dy, cache)

    return tuple(each())


@right(FL)
def number_by_number(dy, cache):
    dx = np.empty(cache.x_shape, dy.dtype)
    dx.flat = dy.ravel()
    return dx


@right(FL)
def sample_by_sample(dy, cache):
    return np.array([row.reshape(cache.x_shape[1:]) for row in dy], dy.dtype).reshape(cache.x_shape)


@right(FL)
def a_view_will_do(dy, cache):
    return dy.reshape(cache.x_shape)
