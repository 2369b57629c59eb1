"""conv2d: wrong and right ways to write its three gradients.

Every function has the signature of its exercise. `scatter` and `correlate` are plain loops over the index formulas; a wrong
implementation changes one thing in them or in their arguments.
"""

import numpy as np

from tests.rejects import right, wrong

DX, DW, DB = "conv2d_input_grad", "conv2d_weight_grad", "conv2d_bias_grad"


def two(size):
    return (size, size) if np.ndim(size) == 0 else tuple(size)


def padded(x, padding):
    (ph, pw) = two(padding)
    return np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))


def scatter(dy, w, x_shape, *, stride=1, padding=0, dilation=1, groups=1, add=True, turn=False, crop=True):
    """dx by the scatter form, one output position at a time."""
    n, c, h, width = x_shape
    (sh, sw), (ph, pw), (dh, dw) = two(stride), two(padding), two(dilation)
    f, per, kh, kw = w.shape
    w = w[:, :, ::-1, ::-1] if turn else w
    dx = np.zeros((n, c, h + 2 * ph, width + 2 * pw), dtype=dy.dtype)
    for i in range(dy.shape[2]):
        for j in range(dy.shape[3]):
            window = (
                slice(sh * i, sh * i + dh * (kh - 1) + 1, dh),
                slice(sw * j, sw * j + dw * (kw - 1) + 1, dw),
            )
            for g in range(groups):
                fs, cs = slice(g * f // groups, (g + 1) * f // groups), slice(g * per, (g + 1) * per)
                part = np.einsum("nf,fcuv->ncuv", dy[:, fs, i, j], w[fs])
                dx[(slice(None), cs, *window)] = part + (dx[(slice(None), cs, *window)] if add else 0)
    return dx[:, :, ph : ph + h, pw : pw + width].copy() if crop else dx[:, :, :h, :width].copy()


def correlate(dy, x, w_shape, *, stride=1, padding=0, dilation=1, groups=1):
    """dw by the index formula, one weight position at a time."""
    f, per, kh, kw = w_shape
    (sh, sw), (dh, dw) = two(stride), two(dilation)
    x, (oh, ow) = padded(x, padding), dy.shape[2:]
    grad = np.zeros(w_shape, dtype=dy.dtype)
    for u in range(kh):
        for v in range(kw):
            cells = x[
                :, :, dh * u : dh * u + sh * (oh - 1) + 1 : sh, dw * v : dw * v + sw * (ow - 1) + 1 : sw
            ]
            for g in range(groups):
                fs, cs = slice(g * f // groups, (g + 1) * f // groups), slice(g * per, (g + 1) * per)
                grad[fs, :, u, v] = np.einsum("nfij,ncij->fc", dy[:, fs], cells[:, cs])
    return grad


# Right, each in its own way.


@right(DX)
def scatter_loops(dy, w, x_shape, **options):
    return scatter(dy, w, x_shape, **options)


@right(DX)
def gather_as_full_correlation(dy, w, x_shape, *, stride=1, padding=0, dilation=1, groups=1):
    n, c, h, width = x_shape
    (sh, sw), (ph, pw), (dh, dw) = two(stride), two(padding), two(dilation)
    f, per, kh, kw = w.shape
    spread = np.zeros((n, f, sh * (dy.shape[2] - 1) + 1, sw * (dy.shape[3] - 1) + 1))
    spread[:, :, ::sh, ::sw] = dy
    rows, columns = h + 2 * ph, width + 2 * pw
    top, left = dh * (kh - 1), dw * (kw - 1)
    room = np.zeros((n, f, rows + top, columns + left))
    room[:, :, top : top + spread.shape[2], left : left + spread.shape[3]] = spread
    dx = np.zeros((n, c, rows, columns))
    for u in range(kh):
        for v in range(kw):
            cells = room[:, :, dh * u : dh * u + rows, dw * v : dw * v + columns]
            for g in range(groups):
                fs, cs = slice(g * f // groups, (g + 1) * f // groups), slice(g * per, (g + 1) * per)
                dx[:, cs] += np.einsum("nfab,fc->ncab", cells[:, fs], w[fs, :, kh - 1 - u, kw - 1 - v])
    return dx[:, :, ph : ph + h, pw : pw + width]


@right(DX)
def by_fft(dy, w, x_shape, *, stride=1, padding=0, dilation=1, groups=1):
    n, c, h, width = x_shape
    (sh, sw), (ph, pw), (dh, dw) = two(stride), two(padding), two(dilation)
    f, per, kh, kw = w.shape
    size = (h + 2 * ph, width + 2 * pw)
    spread, big = np.zeros((n, f, *size)), np.zeros((f, per, *size))
    spread[:, :, : sh * dy.shape[2] : sh, : sw * dy.shape[3] : sw][:, :, : dy.shape[2], : dy.shape[3]] = dy
    big[:, :, : dh * (kh - 1) + 1 : dh, : dw * (kw - 1) + 1 : dw] = w
    a, b = np.fft.rfft2(spread), np.fft.rfft2(big)
    parts = [
        np.einsum(
            "nfab,fcab->ncab",
            a[:, g * f // groups : (g + 1) * f // groups],
            b[g * f // groups : (g + 1) * f // groups],
        )
        for g in range(groups)
    ]
    return np.fft.irfft2(np.concatenate(parts, 1), size)[:, :, ph : ph + h, pw : pw + width]


@right(DX)
def float32_inside(dy, w, x_shape, **options):
    return scatter(dy.astype(np.float32), w.astype(np.float32), x_shape, **options).astype(np.float64)


@right(DX)
def in_column_order(dy, w, x_shape, **options):
    return np.asfortranarray(scatter(dy, w, x_shape, **options))


@right(DX)
def through_the_jacobian(dy, w, x_shape, *, stride=1, padding=0, dilation=1, groups=1):
    """Scatter by an index array and np.add.at."""
    n, c, h, width = x_shape
    (sh, sw), (ph, pw), (dh, dw) = two(stride), two(padding), two(dilation)
    f, per, kh, kw = w.shape
    dx = np.zeros((n, c, h + 2 * ph, width + 2 * pw))
    i, u = np.ogrid[: dy.shape[2], :kh]
    j, v = np.ogrid[: dy.shape[3], :kw]
    rows, columns = sh * i + dh * u, sw * j + dw * v
    for g in range(groups):
        fs = slice(g * f // groups, (g + 1) * f // groups)
        part = np.einsum("nfij,fcuv->nciujv", dy[:, fs], w[fs])
        np.add.at(dx[:, g * per : (g + 1) * per], (..., rows[:, :, None, None], columns[None, None]), part)
    return dx[:, :, ph : ph + h, pw : pw + width]


@right(DW)
def correlation_loops(dy, x, w_shape, **options):
    return correlate(dy, x, w_shape, **options)


@right(DW)
def sample_by_sample(dy, x, w_shape, **options):
    images = (correlate(dy[k : k + 1], x[k : k + 1], w_shape, **options) for k in range(len(x)))
    return sum(images, start=np.zeros(w_shape, dy.dtype))


@right(DW)
def windows_and_einsum(dy, x, w_shape, *, stride=1, padding=0, dilation=1, groups=1):
    f, per, kh, kw = w_shape
    (sh, sw), (dh, dw) = two(stride), two(dilation)
    reach = (dh * (kh - 1) + 1, dw * (kw - 1) + 1)
    windows = np.lib.stride_tricks.sliding_window_view(padded(x, padding), reach, (2, 3))[
        :, :, ::sh, ::sw, ::dh, ::dw
    ]
    n, c = x.shape[:2]
    windows = windows.reshape(n, groups, per, *windows.shape[2:])
    split = dy.reshape(n, groups, f // groups, *dy.shape[2:])
    return np.einsum("ngfij,ngcijuv->gfcuv", split, windows).reshape(w_shape)


@right(DW)
def weights_in_float32(dy, x, w_shape, **options):
    return correlate(dy.astype(np.float32), x.astype(np.float32), w_shape, **options).astype(float)


@right(DB)
def summed_axis_by_axis(dy):
    return dy.sum(3).sum(2).sum(0)


@right(DB)
def by_einsum(dy):
    return np.einsum("nfij->f", dy)


@right(DB)
def float64_from_float32(dy):
    return dy.astype(np.float64).sum((0, 2, 3))


# Wrong input gradients.


@wrong(DX, "flip")
def kernel_turned_in_the_scatter_form(dy, w, x_shape, **options):
    return scatter(dy, w, x_shape, turn=True, **options)


@wrong(DX, "accumulate")
def overwrites_where_windows_overlap(dy, w, x_shape, **options):
    return scatter(dy, w, x_shape, add=False, **options)


@wrong(DX, "option")
def padding_cut_from_the_wrong_end(dy, w, x_shape, **options):
    return scatter(dy, w, x_shape, crop=False, **options)


@wrong(DX, "shape")
def padding_not_cut(dy, w, x_shape, *, padding=0, **options):
    (ph, pw), (n, c, h, width) = two(padding), x_shape
    return scatter(dy, w, (n, c, h + 2 * ph, width + 2 * pw), padding=0, **options)


@wrong(DX, "option", "raises")
def stride_ignored(dy, w, x_shape, *, stride=1, **options):
    return scatter(dy, w, x_shape, stride=1, **options)


@wrong(DX, "option")
def dilation_ignored(dy, w, x_shape, *, dilation=1, **options):
    return scatter(dy, w, x_shape, dilation=1, **options)


@wrong(DX, "option", "raises", "channel")
def groups_ignored(dy, w, x_shape, *, groups=1, **options):
    if groups > 1:
        w = np.tile(w, (1, groups, 1, 1))
    return scatter(dy, w, x_shape, **options)


@wrong(DX, "sign")
def input_sign(dy, w, x_shape, **options):
    return -scatter(dy, w, x_shape, **options)


@wrong(DX, "scale")
def input_averaged_over_the_batch(dy, w, x_shape, **options):
    return scatter(dy, w, x_shape, **options) / len(dy)


@wrong(DX, "scale")
def input_averaged_over_the_kernel(dy, w, x_shape, **options):
    return scatter(dy, w, x_shape, **options) / (w.shape[2] * w.shape[3])


@wrong(DX, "scale")
def input_doubled(dy, w, x_shape, **options):
    return 2 * scatter(dy, w, x_shape, **options)


@wrong(DX, "upstream")
def upstream_ignored(dy, w, x_shape, **options):
    return scatter(np.ones_like(dy), w, x_shape, **options)


@wrong(DX, "upstream")
def upstream_averaged(dy, w, x_shape, **options):
    return scatter(np.full_like(dy, dy.mean()), w, x_shape, **options)


@wrong(DX, "flip", "formula")
def mirrored_rows(dy, w, x_shape, **options):
    return scatter(dy, w, x_shape, **options)[:, :, ::-1].copy()


@wrong(DX, "shift")
def moved_by_one(dy, w, x_shape, **options):
    return np.roll(scatter(dy, w, x_shape, **options), (1, 1), (2, 3))


@wrong(DX, "channel")
def channels_reversed(dy, w, x_shape, **options):
    return scatter(dy, w, x_shape, **options)[:, ::-1].copy()


@wrong(DX, "border", "geometry")
def last_row_forgotten(dy, w, x_shape, **options):
    dx = scatter(dy, w, x_shape, **options)
    dx[:, :, -1] = 0
    return dx


@wrong(DX, "reduction")
def only_the_first_sample(dy, w, x_shape, **options):
    dx = scatter(dy, w, x_shape, **options)
    dx[1:] = 0
    return dx


@wrong(DX, "shape")
def shape_from_dy_alone(dy, w, x_shape, *, stride=1, padding=0, dilation=1, groups=1):
    (sh, sw), (ph, pw), (dh, dw) = two(stride), two(padding), two(dilation)
    h = sh * (dy.shape[2] - 1) + dh * (w.shape[2] - 1) + 1 - 2 * ph
    width = sw * (dy.shape[3] - 1) + dw * (w.shape[3] - 1) + 1 - 2 * pw
    return scatter(
        dy, w, (*x_shape[:2], h, width), stride=stride, padding=padding, dilation=dilation, groups=groups
    )


@wrong(DX, "mutation")
def dy_changed(dy, w, x_shape, **options):
    dx = scatter(dy, w, x_shape, **options)
    dy *= 2
    return dx


_BUFFERS: dict = {}


@wrong(DX, "mutation")
def one_buffer_for_all_calls(dy, w, x_shape, **options):
    buffer = _BUFFERS.setdefault(tuple(x_shape), np.zeros(x_shape))
    buffer[...] = scatter(dy, w, x_shape, **options)
    return buffer


@wrong(DX, "nondeterministic")
def another_answer_each_time(dy, w, x_shape, **options):
    return scatter(dy, w, x_shape, **options) + np.random.default_rng().standard_normal(x_shape)


@wrong(DX, "dtype")
def half_precision(dy, w, x_shape, **options):
    return scatter(dy, w, x_shape, **options).astype(np.float16)


@wrong(DX, "dtype")
def whole_numbers(dy, w, x_shape, **options):
    return scatter(dy, w, x_shape, **options).astype(int)


@wrong(DX, "structure")
def nothing_returned(dy, w, x_shape, **options):
    scatter(dy, w, x_shape, **options)


@wrong(DX, "structure")
def in_a_tuple(dy, w, x_shape, **options):
    return (scatter(dy, w, x_shape, **options),)


@wrong(DX, "structure")
def as_a_list(dy, w, x_shape, **options):
    return scatter(dy, w, x_shape, **options).tolist()


@wrong(DX, "raises")
def options_forgotten(dy, w, x_shape):
    return scatter(dy, w, x_shape)


@wrong(DX, "raises")
def raises_for_stride(dy, w, x_shape, *, stride=1, **options):
    if stride != 1:
        raise NotImplementedError("stride")
    return scatter(dy, w, x_shape, **options)


@wrong(DX, "precision")
def three_digits(dy, w, x_shape, **options):
    return scatter(dy, w, x_shape, **options) * (1 + 1e-4 * np.cos(np.arange(x_shape[-1])))


@wrong(DX, "structure", "dtype")
def complex_numbers(dy, w, x_shape, **options):
    return scatter(dy, w, x_shape, **options).astype(complex)


# Wrong weight gradients.


@wrong(DW, "flip")
def weights_turned(dy, x, w_shape, **options):
    return correlate(dy, x, w_shape, **options)[:, :, ::-1, ::-1].copy()


@wrong(DW, "scale")
def weights_averaged_over_the_batch(dy, x, w_shape, **options):
    return correlate(dy, x, w_shape, **options) / len(x)


@wrong(DW, "scale")
def weights_averaged_over_positions(dy, x, w_shape, **options):
    return correlate(dy, x, w_shape, **options) / (dy.shape[2] * dy.shape[3])


@wrong(DW, "scale")
def weights_averaged_over_all(dy, x, w_shape, **options):
    return correlate(dy, x, w_shape, **options) / (len(x) * dy.shape[2] * dy.shape[3])


@wrong(DW, "scale")
def weights_times_batch(dy, x, w_shape, **options):
    return correlate(dy, x, w_shape, **options) * len(x)


@wrong(DW, "sign")
def weight_sign(dy, x, w_shape, **options):
    return -correlate(dy, x, w_shape, **options)


@wrong(DW, "reduction")
def first_image_only(dy, x, w_shape, **options):
    return correlate(dy[:1], x[:1], w_shape, **options)


@wrong(DW, "reduction")
def first_position_only(dy, x, w_shape, **options):
    first = np.zeros_like(dy)
    first[:, :, 0, 0] = dy[:, :, 0, 0]
    return correlate(first, x, w_shape, **options)


@wrong(DW, "option")
def padding_forgotten(dy, x, w_shape, *, padding=0, **options):
    (ph, pw) = two(padding)
    inside = np.zeros((*x.shape[:2], x.shape[2] + 2 * ph, x.shape[3] + 2 * pw), x.dtype)
    inside[:, :, : x.shape[2], : x.shape[3]] = x
    return correlate(dy, inside, w_shape, padding=0, **options)


@wrong(DW, "transpose")
def rows_and_columns_exchanged(dy, x, w_shape, **options):
    dw = correlate(dy, x, w_shape, **options)
    return dw.swapaxes(2, 3).copy() if w_shape[2] == w_shape[3] else dw


@wrong(DW, "channel")
def filters_reversed(dy, x, w_shape, **options):
    return correlate(dy, x, w_shape, **options)[::-1].copy()


@wrong(DW, "upstream")
def weights_without_dy(dy, x, w_shape, **options):
    return correlate(np.ones_like(dy), x, w_shape, **options)


@wrong(DW, "mutation")
def x_changed(dy, x, w_shape, **options):
    dw = correlate(dy, x, w_shape, **options)
    x -= x.mean()
    return dw


@wrong(DW, "shape")
def filters_and_channels_exchanged(dy, x, w_shape, **options):
    return correlate(dy, x, w_shape, **options).swapaxes(0, 1).copy()


@wrong(DW, "option", "raises")
def stride_two_only_in_rows(dy, x, w_shape, *, stride=1, **options):
    rows = two(stride)[0]
    return correlate(dy, x, w_shape, stride=(rows, 1), **options)


# Wrong bias gradients.


@wrong(DB, "scale")
def bias_averaged(dy):
    return dy.mean((0, 2, 3))


@wrong(DB, "scale")
def bias_averaged_over_the_batch(dy):
    return dy.sum((2, 3)).mean(0)


@wrong(DB, "reduction")
def bias_of_the_first_image(dy):
    return dy[0].sum((1, 2))


@wrong(DB, "shape")
def bias_not_summed_over_positions(dy):
    return dy.sum(0)


@wrong(DB, "shape")
def bias_summed_over_filters(dy):
    return dy.sum((1, 2, 3))


@wrong(DB, "upstream")
def bias_counts_positions(dy):
    return np.full(dy.shape[1], float(dy.shape[0] * dy.shape[2] * dy.shape[3]))


@wrong(DB, "shape", "structure")
def bias_of_everything(dy):
    return dy.sum()


@wrong(DB, "sign")
def bias_sign(dy):
    return -dy.sum((0, 2, 3))


@wrong(DB, "mutation")
def bias_into_dy(dy):
    dy[0] += dy[1:].sum(0)
    return dy[0].sum((1, 2))


# Right though unusual: float32 where it rounds, and caches of every kind.


@right(DX)
def fft_in_float32(dy, w, x_shape, **options):
    return by_fft(dy.astype(np.float32), w.astype(np.float32), x_shape, **options).astype(np.float32).astype(dy.dtype)


@right(DB)
def mean_times_count_in_float32(dy):
    if not dy.size:
        return np.zeros(dy.shape[1], dy.dtype)
    narrow = dy.astype(np.float32)
    return (narrow.mean((0, 2, 3)) * np.float32(dy[:, 0].size)).astype(dy.dtype)


# Wrong only from the second call on, or in what is kept.

_CALLS: list = []


@wrong(DB, "nondeterministic")
def wrong_every_second_call(dy):
    _CALLS.append(1)
    return dy.sum((0, 2, 3)) * (1 if len(_CALLS) % 3 == 1 else 2)


_MEMORY: dict = {}


@wrong(DX, "nondeterministic")
def remembered_by_w_alone(dy, w, x_shape, **options):
    key = (w.tobytes(), str(options), tuple(x_shape), dy.dtype)
    if key not in _MEMORY:
        _MEMORY[key] = scatter(dy, w, x_shape, **options)
    return _MEMORY[key].copy()


@wrong(DX, "mutation")
def the_same_array_each_time(dy, w, x_shape, **options):
    key = (dy.tobytes(), w.tobytes(), str(options))
    return _MEMORY.setdefault(key, scatter(dy, w, x_shape, **options))


@wrong(DW, "transpose", "shape")
def channels_and_filters_exchanged_where_they_fit(dy, x, w_shape, **options):
    dw = correlate(dy, x, w_shape, **options)
    return dw.swapaxes(0, 1).copy() if w_shape[0] == w_shape[1] else dw


@wrong(DX, "precision")
def a_millionth_too_large(dy, w, x_shape, **options):
    return scatter(dy, w, x_shape, **options) * (1 + 1e-6)


@wrong(DX, "formula")
def the_sign_of_dy_alone(dy, w, x_shape, **options):
    return scatter(np.sign(dy), w, x_shape, **options)


@wrong(DW, "formula")
def first_kernel_row_zero(dy, x, w_shape, **options):
    dw = correlate(dy, x, w_shape, **options)
    dw[:, :, 0] = 0
    return dw


@wrong(DX, "raises")
def a_read_only_array_of_its_own(dy, w, x_shape, **options):
    dx = np.broadcast_to(0.0, x_shape)
    dx[...] = scatter(dy, w, x_shape, **options)
    return dx


@wrong(DX, "option", "formula")
def wrong_for_groups_with_stride(dy, w, x_shape, *, groups=1, stride=1, **options):
    dx = scatter(dy, w, x_shape, groups=groups, stride=stride, **options)
    return dx * 2 if groups > 1 and max(two(stride)) > 1 else dx


@wrong(DX, "raises", "stability")
def divides_by_dy(dy, w, x_shape, **options):
    with np.errstate(all="ignore"):
        return scatter(dy * dy / dy, w, x_shape, **options)
