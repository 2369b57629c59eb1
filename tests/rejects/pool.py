"""Chapter 9: pooling: mistakes that must be caught, and right answers of another kind."""

import numpy as np

from cnnlab.loader import load_stub_function
from tests.rejects import right, wrong

taps, crop, counted = (load_stub_function("pool", name) for name in ("taps", "crop", "cells_counted"))


def scattered(cache, share, dtype=np.float64, add=True, keep=crop):
    """Each tap's share of dy, added to the tap's slice. share: (tap) -> array of y's shape."""
    geo = cache.geo
    dx = np.zeros((*cache.x_shape[:2], *geo.padded), dtype)
    for tap, cells in enumerate(taps(geo)):
        if add:
            dx[cells] += share(tap)
        else:
            dx[cells] = share(tap)
    return keep(dx, geo).copy()


# --- max_pool2d ---------------------------------------------------------------------------------------------------


def max_pool(name, *codes, share=lambda dy, winner, tap, k: np.where(winner == tap, dy, 0), **how):
    def backward(dy, cache):
        k = len(list(taps(cache.geo)))
        return scattered(cache, lambda tap: share(dy, cache.winner, tap, k), dy.dtype, **how)

    backward.__name__ = name
    return (wrong("max_pool2d_backward", *codes) if codes else right("max_pool2d_backward"))(backward)


def from_the_corner(dx, geo):
    return dx[:, :, : geo.image[0], : geo.image[1]]


max_pool("max_usual")
max_pool("max_by_a_mask", share=lambda dy, winner, tap, k: dy * (winner == tap))
max_pool("max_assigned", "accumulate", "mask", add=False)
max_pool("max_to_every_cell", "mask", share=lambda dy, winner, tap, k: dy)
max_pool("max_shared_equally", "mask", share=lambda dy, winner, tap, k: dy / k)
max_pool("max_to_the_first_cell", "mask", share=lambda dy, winner, tap, k: dy * (tap == 0))
max_pool("max_to_the_losers", "mask", share=lambda dy, winner, tap, k: dy * (winner != tap))
max_pool("max_one_tap_late", "mask", "shift", "geometry", share=lambda dy, w, tap, k: dy * ((w + 1) % k == tap))
max_pool("max_divided", "scale", share=lambda dy, winner, tap, k: dy * (winner == tap) / k)
max_pool("max_sign", "sign", share=lambda dy, winner, tap, k: -dy * (winner == tap))
max_pool("max_ones", "upstream", share=lambda dy, winner, tap, k: np.ones_like(dy) * (winner == tap))
max_pool("max_mean", "upstream", share=lambda dy, winner, tap, k: dy.mean() * (winner == tap))
max_pool("max_corner", "option", "shape", "raises", keep=from_the_corner)
max_pool("max_not_cropped", "shape", keep=lambda dx, geo: dx)
max_pool("max_border_first", "mask", "shift", keep=lambda dx, geo: np.roll(from_the_corner(dx, geo), 1, 2))


@wrong("max_pool2d_backward", "mutation")
def max_into_dy(dy, cache):
    dx = scattered(cache, lambda tap: np.where(cache.winner == tap, dy, 0), dy.dtype)
    dy *= 0
    return dx


@wrong("max_pool2d_backward", "mutation")
def max_winner_used_up(dy, cache):
    dx = scattered(cache, lambda tap: np.where(cache.winner == tap, dy, 0), dy.dtype)
    cache.winner[...] = -1
    return dx


@wrong("max_pool2d_backward", "shape")
def max_of_the_size_of_y(dy, cache):
    return dy * (cache.winner >= 0)


@wrong("max_pool2d_backward", "dtype")
def max_whole(dy, cache):
    return scattered(cache, lambda tap: np.where(cache.winner == tap, dy, 0)).astype(int)


@wrong("max_pool2d_backward", "channel", "reduction")
def max_winners_of_the_first_channel(dy, cache):
    return scattered(cache, lambda tap: np.where(cache.winner[:, :1] == tap, dy, 0), dy.dtype)


@wrong("max_pool2d_backward", "reduction")
def max_winners_of_the_first_image(dy, cache):
    return scattered(cache, lambda tap: np.where(cache.winner[:1] == tap, dy, 0), dy.dtype)


@wrong("max_pool2d_backward", "reduction")
def max_first_image_only(dy, cache):
    dx = scattered(cache, lambda tap: np.where(cache.winner == tap, dy, 0), dy.dtype)
    dx[1:] = 0
    return dx


@wrong("max_pool2d_backward", "option", "raises", "geometry", "accumulate", "shape")
def max_stride_is_the_kernel(dy, cache):
    geo = cache.geo._replace(stride=cache.geo.kernel)
    return scattered(cache._replace(geo=geo), lambda tap: np.where(cache.winner == tap, dy, 0), dy.dtype)


@wrong("max_pool2d_backward", "option", "raises")
def max_no_dilation(dy, cache):
    geo = cache.geo._replace(dilation=(1, 1))
    return scattered(cache._replace(geo=geo), lambda tap: np.where(cache.winner == tap, dy, 0), dy.dtype)


@wrong("max_pool2d_backward", "raises")
def max_of_a_window_without_a_cell(dy, cache):
    """The winner −1 of a window that meets no cell of the image is a place counted from the end."""
    return max_cell_by_cell(dy, cache, skip=False)


@right("max_pool2d_backward")
def max_cell_by_cell(dy, cache, skip=True):
    geo, (n, c, *_) = cache.geo, cache.x_shape
    dx = np.zeros(cache.x_shape, dy.dtype)
    for image, channel, i, j in np.ndindex(n, c, *geo.output):
        if skip and cache.winner[image, channel, i, j] < 0:
            continue
        u, v = divmod(int(cache.winner[image, channel, i, j]), geo.kernel[1])
        row = geo.stride[0] * i + geo.dilation[0] * u - geo.padding[0]
        column = geo.stride[1] * j + geo.dilation[1] * v - geo.padding[1]
        dx[image, channel, row, column] += dy[image, channel, i, j]
    return dx


@right("max_pool2d_backward")
def max_with_bincount(dy, cache):
    geo, (n, c, h, w) = cache.geo, cache.x_shape
    u, v = np.divmod(cache.winner, geo.kernel[1])
    i, j = np.ogrid[: geo.output[0], : geo.output[1]]
    row = geo.stride[0] * i + geo.dilation[0] * u - geo.padding[0]
    column = geo.stride[1] * j + geo.dilation[1] * v - geo.padding[1]
    plane = np.arange(n * c).reshape(n, c, 1, 1)
    index, won = (plane * h + row) * w + column, cache.winner >= 0
    return np.bincount(index[won], dy[won], n * c * h * w).reshape(n, c, h, w).astype(dy.dtype)


# --- avg_pool2d ---------------------------------------------------------------------------------------------------


def avg_pool(name, *codes, share=lambda dy, count, tap, geo: dy / count, count=None, **how):
    def backward(dy, cache):
        n = (count or counted)(cache.geo, cache.count_include_pad)
        return scattered(cache, lambda tap: share(dy, n, tap, cache.geo), dy.dtype, **how)

    backward.__name__ = name
    return (wrong("avg_pool2d_backward", *codes) if codes else right("avg_pool2d_backward"))(backward)


avg_pool("avg_usual")
avg_pool("avg_inverse_first", share=lambda dy, count, tap, geo: dy * (1 / count))
avg_pool("avg_in_single_precision", share=lambda dy, count, tap, geo: dy.astype(np.float32) / count.astype(np.float32))
avg_pool("avg_not_divided", "scale", "formula", share=lambda dy, count, tap, geo: dy)
avg_pool("avg_divided_twice", "scale", share=lambda dy, count, tap, geo: dy / count**2)
avg_pool("avg_by_the_rows", "scale", share=lambda dy, count, tap, geo: dy / geo.kernel[0])
avg_pool("avg_first_cell", "mask", "accumulate", share=lambda dy, count, tap, geo: dy * (tap == 0))
avg_pool("avg_first_cell_shared", "mask", share=lambda dy, count, tap, geo: dy / count * (tap == 0))
avg_pool("avg_assigned", "accumulate", add=False)
avg_pool("avg_sign", "sign", share=lambda dy, count, tap, geo: -dy / count)
avg_pool("avg_ones", "upstream", share=lambda dy, count, tap, geo: np.ones_like(dy) / count)
avg_pool("avg_mean_of_dy", "upstream", share=lambda dy, count, tap, geo: dy.mean() / count)
avg_pool("avg_kernel_always", "option", count=lambda geo, pad: np.prod(geo.kernel))
avg_pool("avg_padding_always", "option", count=lambda geo, pad: counted(geo, True))
avg_pool("avg_padding_never", "option", count=lambda geo, pad: counted(geo, False))
avg_pool("avg_padding_the_other_way", "option", count=lambda geo, pad: counted(geo, not pad))
avg_pool("avg_corner", "option", "shape", "raises", keep=from_the_corner)


@wrong("avg_pool2d_backward", "shape")
def avg_keeps_the_padding(dy, cache):
    return scattered(cache, lambda tap: dy / counted(cache.geo, cache.count_include_pad), keep=lambda dx, geo: dx)


@wrong("avg_pool2d_backward", "raises", "shape", "geometry", "option", "accumulate", None)
def avg_repeats(dy, cache):
    kh, kw = cache.geo.kernel
    dx = np.repeat(np.repeat(dy, kh, axis=2), kw, axis=3) / (kh * kw)
    full = np.zeros(cache.x_shape)
    full[:, :, : dx.shape[2], : dx.shape[3]] = dx[:, :, : full.shape[2], : full.shape[3]]
    return full


@wrong("avg_pool2d_backward", "scale", "reduction")
def avg_over_the_batch_too(dy, cache):
    return scattered(cache, lambda tap: dy / counted(cache.geo, cache.count_include_pad) / len(dy), dy.dtype)


@wrong("avg_pool2d_backward", "mutation")
def avg_in_place(dy, cache):
    dy /= counted(cache.geo, cache.count_include_pad)
    return scattered(cache, lambda tap: dy, dy.dtype)


@right("avg_pool2d_backward")
def avg_window_by_window(dy, cache):
    geo, x_shape = cache.geo, cache.x_shape
    n = counted(geo, cache.count_include_pad)
    dx = np.zeros((*x_shape[:2], *geo.padded), dy.dtype)
    for i, j in np.ndindex(*geo.output):
        r, c = geo.stride[0] * i, geo.stride[1] * j
        dx[:, :, r : r + geo.kernel[0], c : c + geo.kernel[1]] += (dy[:, :, i, j] / n[i, j])[:, :, None, None]
    return crop(dx, geo).copy()


@right("avg_pool2d_backward")
def avg_by_two_matrices(dy, cache):
    geo = cache.geo
    rows, columns = (
        np.array([[float(s * i - p <= a < s * i - p + k) for a in range(size)] for i in range(o)])
        for s, p, k, size, o in zip(geo.stride, geo.padding, geo.kernel, geo.image, geo.output, strict=True)
    )
    share = dy / counted(geo, cache.count_include_pad)
    return np.einsum("ncij,ia,je->ncae", share, rows, columns).astype(dy.dtype)


# --- adaptive_avg_pool2d ------------------------------------------------------------------------------------------


def edges(size, windows, low=lambda i, h, o: i * h // o, high=lambda i, h, o: -(-(i + 1) * h // o)):
    return [(low(i, size, windows), high(i, size, windows)) for i in range(windows)]


def adaptive(name, *codes, how=None, share=lambda dy, r, c: dy / (r * c), add=True):
    how = how or {}

    def backward(dy, cache):
        (h, w), (oh, ow) = cache.x_shape[2:], cache.y_shape[2:]
        dx = np.zeros(cache.x_shape, dy.dtype)
        for i, (a, b) in enumerate(edges(h, oh, **how)):
            for j, (c, d) in enumerate(edges(w, ow, **how)):
                value = share(dy[:, :, i, j], b - a, d - c)[:, :, None, None]
                dx[:, :, a:b, c:d] = value + (dx[:, :, a:b, c:d] if add else 0)
        return dx

    backward.__name__ = name
    op = "adaptive_avg_pool2d_backward"
    return (wrong(op, *codes) if codes else right(op))(backward)


adaptive("adaptive_usual")
adaptive("adaptive_assigned", "accumulate", add=False)
adaptive("adaptive_not_divided", "scale", "formula", share=lambda dy, r, c: dy)
adaptive("adaptive_by_rows", "scale", share=lambda dy, r, c: dy / r)
adaptive("adaptive_squared_rows", "option", "geometry", share=lambda dy, r, c: dy / r**2)
adaptive("adaptive_sign", "sign", share=lambda dy, r, c: -dy / (r * c))
adaptive("adaptive_end_rounded_down", "accumulate", "geometry", "stability", "raises", how={"high": lambda i, h, o: max(i * h // o + 1, (i + 1) * h // o)})
adaptive("adaptive_start_rounded_up", "accumulate", "geometry", how={"low": lambda i, h, o: min(-(-i * h // o), h - 1)})
adaptive("adaptive_one_size", "accumulate", "geometry", "stability", how={"low": lambda i, h, o: i * max(h // o, 1), "high": lambda i, h, o: (i + 1) * max(h // o, 1)})
adaptive("adaptive_ones", "upstream", share=lambda dy, r, c: np.ones_like(dy) / (r * c))


@wrong("adaptive_avg_pool2d_backward", "geometry", "accumulate")
def adaptive_size_on_average(dy, cache):
    (h, w), (oh, ow) = cache.x_shape[2:], cache.y_shape[2:]
    dx = np.zeros(cache.x_shape, dy.dtype)
    for i, (a, b) in enumerate(edges(h, oh)):
        for j, (c, d) in enumerate(edges(w, ow)):
            dx[:, :, a:b, c:d] += (dy[:, :, i, j] * oh * ow / (h * w))[:, :, None, None]
    return dx


@wrong("adaptive_avg_pool2d_backward", "option", "geometry", "raises")
def adaptive_rows_for_columns(dy, cache):
    h, oh = cache.x_shape[2], cache.y_shape[2]
    dx = np.zeros(cache.x_shape, dy.dtype)
    for i, (a, b) in enumerate(edges(h, oh)):
        for j, (c, d) in enumerate(edges(h, cache.y_shape[3])):
            dx[:, :, a:b, c:d] += (dy[:, :, i, j] / ((b - a) * (d - c)))[:, :, None, None]
    return dx


@right("adaptive_avg_pool2d_backward")
def adaptive_by_two_matrices(dy, cache):
    sides = zip(cache.x_shape[2:], cache.y_shape[2:], strict=True)
    rows, columns = (
        np.array([[(a <= k < b) / (b - a) for k in range(size)] for a, b in edges(size, windows)])
        for size, windows in sides
    )
    return (rows.T @ (dy @ columns)).astype(dy.dtype)


@right("adaptive_avg_pool2d_backward")
def adaptive_in_single_precision(dy, cache):
    dx = np.zeros(cache.x_shape, np.float32)
    for i, j, cells in load_stub_function("pool", "adaptive_windows")(cache.x_shape, cache.y_shape):
        window = dx[cells]
        window += (dy[:, :, i, j] / np.prod(window.shape[2:])).astype(np.float32)[:, :, None, None]
    return dx.astype(dy.dtype)
