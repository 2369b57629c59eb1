"""Pooling as eight students write it: each mistake with the code that the table of codes gives it."""

from itertools import product

import numpy as np

from cnnlab import loader
from tests.rejects import right, wrong

MAX, AVG, ADA = "max_pool2d_backward", "avg_pool2d_backward", "adaptive_avg_pool2d_backward"


def handed(name):
    return loader.load_stub_function("pool", name)


def windows(geo):
    """Every window (i, j) with its tap number, row and column in the image; outside of it they are out of range."""
    (kh, kw), (oh, ow), (sh, sw), (ph, pw), (dh, dw) = geo.kernel, geo.output, geo.stride, geo.padding, geo.dilation
    for i, j, u, v in product(range(oh), range(ow), range(kh), range(kw)):
        yield i, j, kw * u + v, sh * i + dh * u - ph, sw * j + dw * v - pw


def spread(dy, c, share, geo=None, put=np.add):
    """dx, one cell of one window at a time. share: (i, j, tap, row, column) -> (N, C) factors."""
    geo = geo or c.geo
    dx = np.zeros(c.x_shape, dy.dtype)
    for i, j, tap, row, column in windows(geo):
        if 0 <= row < c.x_shape[2] and 0 <= column < c.x_shape[3]:
            given = dy[:, :, i, j] * share(i, j, tap, row, column)
            dx[:, :, row, column] = put(dx[:, :, row, column], given)
    return dx


def wins(c):
    return lambda i, j, tap, row, column: c.winner[:, :, i, j] == tap


def max_of(name, *codes):
    def register(f):
        def backward(dy, cache):
            return f(dy, cache)

        backward.__name__ = name
        wrong(MAX, *codes)(backward)

    return register


max_of("everyone_gets_all", "mask")(lambda dy, c: spread(dy, c, lambda *a: 1.0))
max_of("shared_like_an_average", "mask")(lambda dy, c: spread(dy, c, lambda *a: 1 / np.prod(c.geo.kernel)))
max_of("first_cell", "mask")(lambda dy, c: spread(dy, c, lambda i, j, tap, r, k: tap == 0))
max_of("last_cell", "mask")(lambda dy, c: spread(dy, c, lambda i, j, tap, r, k: tap == np.prod(c.geo.kernel) - 1))
max_of("the_losers", "mask")(lambda dy, c: spread(dy, c, lambda i, j, tap, r, k: c.winner[:, :, i, j] != tap))
max_of("last_window_wins", "accumulate")(lambda dy, c: spread(dy, c, wins(c), put=lambda a, b: np.where(b != 0, b, a)))
max_of("first_window_wins", "accumulate")(lambda dy, c: spread(dy, c, wins(c), put=lambda a, b: np.where(a != 0, a, b)))
max_of("largest_window_wins", "formula", "accumulate")(lambda dy, c: spread(dy, c, wins(c), put=np.maximum))
max_of("sign", "sign")(lambda dy, c: -spread(dy, c, wins(c)))
max_of("over_the_window", "scale")(lambda dy, c: spread(dy, c, wins(c)) / np.prod(c.geo.kernel))
max_of("doubled", "scale")(lambda dy, c: 2 * spread(dy, c, wins(c)))
max_of("over_the_batch", "scale")(lambda dy, c: spread(dy, c, wins(c)) / len(dy))
max_of("without_dy", "upstream")(lambda dy, c: spread(np.ones_like(dy), c, wins(c)))
max_of("mean_dy", "upstream")(lambda dy, c: spread(np.full_like(dy, dy.mean()), c, wins(c)))
max_of("transposed_taps", "mask", "transpose", "geometry")(
    lambda dy, c: spread(dy, c, lambda i, j, tap, r, k: c.winner[:, :, i, j] == tap // c.geo.kernel[1] + c.geo.kernel[0] * (tap % c.geo.kernel[1]))
)
max_of("winner_backwards", "mask", "flip")(lambda dy, c: spread(dy, c, lambda i, j, tap, r, k: c.winner[:, :, i, j] == np.prod(c.geo.kernel) - 1 - tap))
max_of("stride_is_the_kernel", "option", "raises", "accumulate")(lambda dy, c: spread(dy, c, wins(c), c.geo._replace(stride=c.geo.kernel)))
max_of("padding_forgotten", "option", "raises")(lambda dy, c: spread(dy, c, wins(c), c.geo._replace(padding=(0, 0))))
max_of("dilation_forgotten", "option")(lambda dy, c: spread(dy, c, wins(c), c.geo._replace(dilation=(1, 1))))
max_of("row_stride_for_both", "option")(lambda dy, c: spread(dy, c, wins(c), c.geo._replace(stride=(c.geo.stride[0],) * 2)))
max_of("row_padding_for_both", "option")(lambda dy, c: spread(dy, c, wins(c), c.geo._replace(padding=(c.geo.padding[0],) * 2)))
max_of("keeps_the_padding", "shape")(lambda dy, c: np.zeros((*c.x_shape[:2], *c.geo.padded), dy.dtype) if c.geo.padding != (0, 0) else spread(dy, c, wins(c)))
max_of("absolute_dy", "formula", "mask")(lambda dy, c: spread(np.abs(dy), c, wins(c)))
max_of("first_image_only", "reduction")(lambda dy, c: spread(dy, c, lambda i, j, tap, r, k: (c.winner[:, :, i, j] == tap) * (np.arange(len(dy)) == 0)[:, None]))
max_of("winners_of_the_first_channel", "channel", "mask")(lambda dy, c: spread(dy, c, lambda i, j, tap, r, k: c.winner[:, :1, i, j] == tap))
max_of("winners_of_the_first_image", "reduction", "mask")(lambda dy, c: spread(dy, c, lambda i, j, tap, r, k: c.winner[:1, :, i, j] == tap))
max_of("channels_swapped", "channel", "flip")(lambda dy, c: spread(dy, c, wins(c))[:, ::-1].copy())
max_of("images_swapped", "flip", "reduction")(lambda dy, c: spread(dy, c, wins(c))[::-1].copy())
max_of("rolled", "shift")(lambda dy, c: np.roll(spread(dy, c, wins(c)), 1, -1))
max_of("last_row_lost", "border", "geometry")(lambda dy, c: (lambda dx: np.concatenate([dx[:, :, :-1], 0 * dx[:, :, -1:]], 2))(spread(dy, c, wins(c))))


def avg_of(name, *codes):
    def register(f):
        def backward(dy, cache):
            return f(dy, cache)

        backward.__name__ = name
        wrong(AVG, *codes)(backward)

    return register


def count(c):
    return handed("cells_counted")(c.geo, c.count_include_pad)


def share(c):
    n = count(c)
    return lambda i, j, *a: 1 / n[i, j]


avg_of("not_divided", "scale")(lambda dy, c: spread(dy, c, lambda *a: 1.0))
avg_of("divided_twice", "scale")(lambda dy, c: spread(dy, c, lambda i, j, *a: 1 / count(c)[i, j] ** 2))
avg_of("by_kernel_rows", "scale")(lambda dy, c: spread(dy, c, lambda *a: 1 / c.geo.kernel[0]))
avg_of("by_kernel_rows_squared", "geometry", "scale")(lambda dy, c: spread(dy, c, lambda *a: 1 / c.geo.kernel[0] ** 2))
avg_of("by_the_number_of_windows", "scale")(lambda dy, c: spread(dy, c, lambda *a: 1 / np.prod(c.geo.output)))
avg_of("by_the_image", "scale")(lambda dy, c: spread(dy, c, lambda *a: 1 / np.prod(c.geo.image)))
avg_of("always_the_kernel", "option")(lambda dy, c: spread(dy, c, lambda *a: 1 / np.prod(c.geo.kernel)))
avg_of("never_the_padding", "option")(lambda dy, c: spread(dy, c, lambda i, j, *a: 1 / handed("cells_counted")(c.geo, False)[i, j]))
avg_of("always_the_padding", "option")(lambda dy, c: spread(dy, c, lambda i, j, *a: 1 / handed("cells_counted")(c.geo, True)[i, j]))
avg_of("first_cell", "mask")(lambda dy, c: spread(dy, c, lambda i, j, tap, r, k: tap == 0))
avg_of("middle_cell", "mask", "formula")(lambda dy, c: spread(dy, c, lambda i, j, tap, r, k: (tap == np.prod(c.geo.kernel) // 2) / count(c)[i, j]))
avg_of("overwrites", "accumulate")(lambda dy, c: spread(dy, c, share(c), put=lambda a, b: b))
avg_of("first_stays", "accumulate")(lambda dy, c: spread(dy, c, share(c), put=lambda a, b: np.where(a != 0, a, b)))
avg_of("averages_overlaps", "accumulate")(lambda dy, c: spread(dy, c, share(c)) / np.maximum(spread(np.ones_like(dy), c, lambda *a: 1.0), 1))
avg_of("sign", "sign")(lambda dy, c: -spread(dy, c, share(c)))
avg_of("without_dy", "upstream")(lambda dy, c: spread(np.ones_like(dy), c, share(c)))
avg_of("mean_dy", "upstream")(lambda dy, c: spread(np.full_like(dy, dy.mean()), c, share(c)))
avg_of("stride_is_the_kernel", "option", "accumulate")(lambda dy, c: spread(dy, c, share(c), c.geo._replace(stride=c.geo.kernel)))
avg_of("padding_forgotten", "option")(lambda dy, c: spread(dy, c, share(c), c.geo._replace(padding=(0, 0))))
avg_of("padding_once_too_often", "option")(lambda dy, c: spread(dy, c, share(c), c.geo._replace(padding=tuple(2 * p for p in c.geo.padding))))
avg_of("kernel_transposed", "geometry", "raises")(lambda dy, c: spread(dy, c, share(c), c.geo._replace(kernel=c.geo.kernel[::-1])))
avg_of("square_kernel", "geometry")(lambda dy, c: spread(dy, c, share(c), c.geo._replace(kernel=(c.geo.kernel[0],) * 2)))
avg_of("over_the_batch", "scale")(lambda dy, c: spread(dy, c, share(c)) / len(dy))
avg_of("first_image_only", "reduction")(lambda dy, c: spread(dy * (np.arange(len(dy)) == 0)[:, None, None, None], c, share(c)))
avg_of("mirrored", "flip")(lambda dy, c: spread(dy, c, share(c))[..., ::-1, ::-1].copy())
avg_of("channels_mixed", "channel", "reduction")(lambda dy, c: np.broadcast_to(spread(dy, c, share(c)).mean(1, keepdims=True), c.x_shape).copy())
avg_of("whole_numbers", "dtype")(lambda dy, c: spread(dy, c, share(c)).astype(int))
avg_of("floor_division", "formula", "precision")(lambda dy, c: spread(dy // count(c), c, lambda *a: 1.0))
avg_of("last_column_lost", "border", "geometry")(lambda dy, c: (lambda dx: np.concatenate([dx[..., :-1], 0 * dx[..., -1:]], -1))(spread(dy, c, share(c))))


def ada_of(name, *codes):
    def register(f):
        def backward(dy, cache):
            return f(dy, cache)

        backward.__name__ = name
        wrong(ADA, *codes)(backward)

    return register


def adaptive(dy, c, factor=lambda rows, columns: 1 / (rows * columns), end=lambda k, size, n: -(-(k + 1) * size // n), put=np.add):
    (h, w), (oh, ow) = c.x_shape[2:], c.y_shape[2:]
    dx = np.zeros(c.x_shape, dy.dtype)
    for i, j in product(range(oh), range(ow)):
        rows, columns = slice(i * h // oh, end(i, h, oh)), slice(j * w // ow, end(j, w, ow))
        cells = dx[:, :, rows, columns]
        size = cells.shape[2:]
        cells[...] = put(cells, (dy[:, :, i, j] * factor(*size))[..., None, None] if 0 not in size else 0)
    return dx


ada_of("not_divided", "scale")(lambda dy, c: adaptive(dy, c, lambda r, k: 1.0))
ada_of("divided_twice", "scale")(lambda dy, c: adaptive(dy, c, lambda r, k: 1 / (r * k) ** 2))
ada_of("by_rows", "scale")(lambda dy, c: adaptive(dy, c, lambda r, k: 1 / r))
ada_of("by_rows_squared", "geometry", "option", "scale")(lambda dy, c: adaptive(dy, c, lambda r, k: 1 / r**2))
ada_of("average_size", "geometry")(lambda dy, c: adaptive(dy, c, lambda r, k: np.prod(c.y_shape[2:]) / np.prod(c.x_shape[2:])))
ada_of("floor_at_the_end", "geometry", "accumulate")(lambda dy, c: adaptive(dy, c, end=lambda k, size, n: (k + 1) * size // n))
ada_of("one_too_many", "geometry", "formula")(lambda dy, c: adaptive(dy, c, end=lambda k, size, n: -(-(k + 1) * size // n) + 1))
ada_of("overwrites", "accumulate")(lambda dy, c: adaptive(dy, c, put=lambda a, b: b))
ada_of("sign", "sign")(lambda dy, c: -adaptive(dy, c))
ada_of("without_dy", "upstream")(lambda dy, c: adaptive(np.ones_like(dy), c))
ada_of("equal_windows", "accumulate", "geometry")(lambda dy, c: adaptive(dy, c, end=lambda k, size, n: k * size // n + max(size // n, 1)))
ada_of("over_the_windows", "scale")(lambda dy, c: adaptive(dy, c) / np.prod(c.y_shape[2:]))
ada_of("first_image_only", "reduction")(lambda dy, c: adaptive(dy * (np.arange(len(dy)) == 0)[:, None, None, None], c))
ada_of("doubled", "scale")(lambda dy, c: 2 * adaptive(dy, c))
ada_of("mirrored_rows", "flip")(lambda dy, c: adaptive(dy, c)[:, :, ::-1].copy())
ada_of("channels_reversed", "channel", "flip")(lambda dy, c: adaptive(dy, c)[:, ::-1].copy())


# Right, each in its own way.


@right(MAX)
def cell_by_cell(dy, cache):
    return spread(dy, cache, wins(cache))


@right(MAX)
def with_add_at(dy, cache):
    geo = cache.geo
    dx = np.zeros((*cache.x_shape[:2], *geo.padded), dy.dtype)
    n, c, i, j = np.nonzero(cache.winner >= 0)
    u, v = np.divmod(cache.winner[n, c, i, j], geo.kernel[1])
    place = (n, c, geo.stride[0] * i + geo.dilation[0] * u, geo.stride[1] * j + geo.dilation[1] * v)
    np.add.at(dx, place, dy[n, c, i, j])
    return handed("crop")(dx, geo)


@right(MAX)
def with_bincount(dy, cache):
    geo = cache.geo
    rows, columns = geo.padded
    n, c, i, j = np.nonzero(cache.winner >= 0)
    u, v = np.divmod(cache.winner[n, c, i, j], geo.kernel[1])
    row, column = geo.stride[0] * i + geo.dilation[0] * u, geo.stride[1] * j + geo.dilation[1] * v
    flat = ((n * cache.x_shape[1] + c) * rows + row) * columns + column
    sums = np.bincount(flat, dy[n, c, i, j], minlength=cache.x_shape[0] * cache.x_shape[1] * rows * columns)
    dx = sums.reshape(*cache.x_shape[:2], rows, columns)
    return np.ascontiguousarray(handed("crop")(dx, geo)).astype(dy.dtype)


@right(AVG)
def window_by_window(dy, cache):
    return spread(dy, cache, share(cache))


@right(AVG)
def by_a_matrix(dy, cache):
    """The Jacobian of one image, as it is."""
    h, w = cache.x_shape[2:]
    jacobian, n = np.zeros((dy.shape[2] * dy.shape[3], h * w)), count(cache)
    for i, j, _, row, column in windows(cache.geo):
        if 0 <= row < h and 0 <= column < w:
            jacobian[i * dy.shape[3] + j, row * w + column] += 1 / n[i, j]
    return (dy.reshape(*dy.shape[:2], len(jacobian)) @ jacobian).reshape(cache.x_shape).astype(dy.dtype)


@right(AVG)
def single_inside(dy, cache):
    return spread(dy.astype(np.float32), cache, share(cache)).astype(dy.dtype)


@right(ADA)
def adaptive_loops(dy, cache):
    return adaptive(dy, cache)


@right(ADA)
def adaptive_einsum(dy, cache):
    def matrix(size, n):
        return np.array([[(k * size // n <= r < -(-(k + 1) * size // n)) for r in range(size)] for k in range(n)], float)

    rows, columns = (matrix(a, b) for a, b in zip(cache.x_shape[2:], cache.y_shape[2:], strict=True))
    rows, columns = rows / rows.sum(1, keepdims=True), columns / columns.sum(1, keepdims=True)
    return np.asfortranarray(np.einsum("ncij,ih,jw->nchw", dy, rows, columns, optimize=True).astype(dy.dtype))
