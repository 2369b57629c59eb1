"""Chapters 7 and 8: windows as columns: mistakes that must be caught, and right answers of another kind."""

import numpy as np

from cnnlab.course import given
from tests.rejects import right, wrong


def pair(size):
    return (size, size) if np.ndim(size) == 0 else tuple(size)


def sizes(image, kernel, stride, padding, dilation=1):
    """(OH, OW)."""
    each = zip(image, kernel, pair(stride), pair(padding), pair(dilation), strict=True)
    return tuple((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in each)


# --- conv2d_loops: the sum with pieces to break -------------------------------------------------------------------


def convolved(x, w, b=None, *, stride=1, padding=0, turn=False, bias=1.0, pad=np.pad, output=sizes, shift=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    xp = pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    oh, ow = output(x.shape[2:], w.shape[2:], stride, padding)
    w = w[:, :, ::-1, ::-1] if turn else w
    y = np.zeros((len(x), len(w), oh, ow), x.dtype)
    for i, j in np.ndindex(oh, ow):
        window = xp[:, :, sh * i + shift : sh * i + shift + w.shape[2], sw * j : sw * j + w.shape[3]]
        y[:, :, i, j] = np.tensordot(window, w[:, :, : window.shape[2]], ([1, 2, 3], [1, 2, 3]))
    return y if b is None else y + bias * b[:, None, None]


def broken_loops(name, *codes, **broken):
    @wrong("conv2d_loops", *codes)
    def conv2d_loops(x, w, b=None, *, stride=1, padding=0):
        return convolved(x, w, b, stride=stride, padding=padding, **broken)

    conv2d_loops.__name__ = name


broken_loops("kernel_turned", "flip", turn=True)
broken_loops("no_bias", "formula", bias=0.0)
broken_loops("bias_twice", "formula", "option", None, bias=2.0)
broken_loops("edges_repeated", "option", pad=lambda x, by: np.pad(x, by, mode="edge"))
broken_loops("image_reflected", "option", pad=lambda x, by: np.pad(x, by, mode="wrap"))
broken_loops("one_row_down", "geometry", "border", "shift", "raises", None, shift=1)


@wrong("conv2d_loops", "option", "shape")
def stride_of_one(x, w, b=None, *, stride=1, padding=0):
    return convolved(x, w, b, padding=padding)


@wrong("conv2d_loops", "option", "shape")
def padding_ignored(x, w, b=None, *, stride=1, padding=0):
    return convolved(x, w, b, stride=stride)


@wrong("conv2d_loops", "option", "shape")
def rows_and_columns_alike(x, w, b=None, *, stride=1, padding=0):
    return convolved(x, w, b, stride=pair(stride)[0], padding=pair(padding)[0])


@wrong("conv2d_loops", "channel")
def first_channel_only(x, w, b=None, *, stride=1, padding=0):
    return convolved(x[:, :1], w[:, :1], b, stride=stride, padding=padding)


@wrong("conv2d_loops", "scale", "channel")
def mean_over_channels(x, w, b=None, *, stride=1, padding=0):
    y = convolved(x, w, None, stride=stride, padding=padding) / x.shape[1]
    return y if b is None else y + b[:, None, None]


@wrong("conv2d_loops", "raises", "option")
def needs_a_bias(x, w, b=None, *, stride=1, padding=0):
    return convolved(x, w, None, stride=stride, padding=padding) + b[:, None, None]


@wrong("conv2d_loops", "geometry", "raises", "shape")
def square_images_only(x, w, b=None, *, stride=1, padding=0):
    n = x.shape[2]
    return convolved(x[:, :, :, :n], w, b, stride=stride, padding=padding)


@wrong("conv2d_loops", "structure")
def with_a_cache(x, w, b=None, *, stride=1, padding=0):
    return convolved(x, w, b, stride=stride, padding=padding), None


@wrong("conv2d_loops", "mutation")
def adds_to_x(x, w, b=None, *, stride=1, padding=0):
    y = convolved(x, w, b, stride=stride, padding=padding)
    x += 0.5
    return y


@wrong("conv2d_loops", "dtype")
def single_precision(x, w, b=None, *, stride=1, padding=0):
    return convolved(x, w, b, stride=stride, padding=padding).astype(np.float32)


@right("conv2d_loops")
def with_windows(x, w, b=None, *, stride=1, padding=0):
    return convolved(x, w, b, stride=stride, padding=padding)


@right("conv2d_loops")
def with_the_given_forward(x, w, b=None, *, stride=1, padding=0):
    return given("conv2d_forward")(x, w, b, stride=stride, padding=padding)[0]


# --- im2col and col2im: an index for every entry, with pieces to break --------------------------------------------


def places(n_channels, image, kernel, stride, padding, dilation, order="cuv", across="ij", first=0):
    """Channel, row and column of x for every (row of cols, column of cols); outside of x they are out of range."""
    (sh, sw), (ph, pw), (dh, dw) = pair(stride), pair(padding), pair(dilation)
    (kh, kw), (oh, ow) = kernel, sizes(image, kernel, stride, padding, dilation)
    axes = {"c": range(n_channels), "u": range(kh), "v": range(kw), "i": range(oh), "j": range(ow)}
    rows = np.array(np.meshgrid(*(axes[a] for a in order), indexing="ij")).reshape(3, -1)
    columns = np.array(np.meshgrid(*(axes[a] for a in across), indexing="ij")).reshape(2, -1)
    c, u, v = (rows[order.index(a)][:, None] for a in "cuv")
    i, j = (columns[across.index(a)][None, :] for a in "ij")
    return c + 0 * i, sh * i + dh * u - ph + first + 0 * j, sw * j + dw * v - pw + 0 * i


def taken(x, kernel_size, stride=1, padding=0, dilation=1, **how):
    c, row, column = places(x.shape[1], x.shape[2:], pair(kernel_size), stride, padding, dilation, **how)
    h, w = x.shape[2:]
    inside = (row >= 0) & (row < h) & (column >= 0) & (column < w)
    return np.where(inside, x[:, c, row.clip(0, h - 1), column.clip(0, w - 1)], x.dtype.type(0))


def returned(cols, output_size, kernel_size, stride=1, padding=0, dilation=1, add=np.add.at, **how):
    kernel, (h, w) = pair(kernel_size), pair(output_size)
    channels = cols.shape[1] // (kernel[0] * kernel[1])
    c, row, column = places(channels, (h, w), kernel, stride, padding, dilation, **how)
    inside = (row >= 0) & (row < h) & (column >= 0) & (column < w)
    x = np.zeros((len(cols), channels, h, w), cols.dtype)
    add(x, (slice(None), c[inside], row[inside], column[inside]), cols[:, inside])
    return x


def both(name, im2col_codes, col2im_codes, **how):
    def im2col(x, *, kernel_size, stride=1, padding=0, dilation=1):
        return taken(x, kernel_size, stride, padding, dilation, **how)

    def col2im(cols, *, output_size, kernel_size, stride=1, padding=0, dilation=1):
        return returned(cols, output_size, kernel_size, stride, padding, dilation, **how)

    im2col.__name__ = col2im.__name__ = name
    wrong("im2col", *im2col_codes)(im2col)
    wrong("col2im", *col2im_codes)(col2im)


both("taps_before_channels", ("transpose", "channel"), ("channel", "transpose"), order="uvc")
both(
    "columns_before_rows", ("transpose", "geometry", "channel"), ("transpose", "geometry", "channel"), order="cvu"
)
both("kernel_backwards", ("channel", "transpose", "geometry"), ("channel", "geometry"), order="vuc")
both("windows_by_column", ("transpose", "geometry", None), ("geometry", "transpose", None), across="ji")
both("one_row_too_far", ("border", "shift", "geometry", None), ("shift", "border", "geometry", None), first=1)


def without(option, codes):
    """The option is left at its default."""

    @wrong("im2col", *codes)
    def im2col(x, *, kernel_size, **options):
        options.pop(option, None)
        return taken(x, kernel_size, **options)

    @wrong("col2im", *codes)
    def col2im(cols, *, output_size, kernel_size, **options):
        options.pop(option, None)
        return returned(cols, output_size, kernel_size, **options)

    im2col.__name__ = col2im.__name__ = f"without_{option}"


without("dilation", ("option", "shape", "raises"))
without("stride", ("option", "shape", "raises"))
without("padding", ("option", "shape", "raises"))


@wrong("im2col", "shape")
def windows_first(x, *, kernel_size, stride=1, padding=0, dilation=1):
    return taken(x, kernel_size, stride, padding, dilation).transpose(0, 2, 1)


@wrong("im2col", "shape")
def not_laid_flat(x, *, kernel_size, stride=1, padding=0, dilation=1):
    cols = taken(x, kernel_size, stride, padding, dilation)
    return cols.reshape(*cols.shape[:2], *sizes(x.shape[2:], pair(kernel_size), stride, padding, dilation))


@wrong("im2col", "raises", "mutation")
def zeroes_the_border_of_x(x, *, kernel_size, stride=1, padding=0, dilation=1):
    cols = taken(x, kernel_size, stride, padding, dilation)
    x[..., 0] = 0
    return cols


@wrong("col2im", "accumulate")
def assigns(cols, *, output_size, kernel_size, stride=1, padding=0, dilation=1):
    def put(x, at, values):
        x[at] = values

    return returned(cols, output_size, kernel_size, stride, padding, dilation, add=put)


@wrong("col2im", "accumulate")
def adds_without_at(cols, *, output_size, kernel_size, stride=1, padding=0, dilation=1):
    def put(x, at, values):
        x[at] += values

    return returned(cols, output_size, kernel_size, stride, padding, dilation, add=put)


@wrong("col2im", "accumulate", "scale", "geometry")
def averages_the_overlap(cols, *, output_size, kernel_size, stride=1, padding=0, dilation=1):
    count = returned(np.ones_like(cols), output_size, kernel_size, stride, padding, dilation)
    return returned(cols, output_size, kernel_size, stride, padding, dilation) / np.maximum(count, 1)


@wrong("col2im", "option")
def not_cropped(cols, *, output_size, kernel_size, stride=1, padding=0, dilation=1):
    (h, w), (ph, pw) = pair(output_size), pair(padding)
    x = returned(cols, (h + 2 * ph, w + 2 * pw), kernel_size, stride, 0, dilation)
    return x[:, :, :h, :w].copy()


@wrong("col2im", "shape")
def keeps_the_padding(cols, *, output_size, kernel_size, stride=1, padding=0, dilation=1):
    (h, w), (ph, pw) = pair(output_size), pair(padding)
    return returned(cols, (h + 2 * ph, w + 2 * pw), kernel_size, stride, 0, dilation)


@wrong("col2im", "sign")
def turns_the_sign(cols, *, output_size, kernel_size, stride=1, padding=0, dilation=1):
    return -returned(cols, output_size, kernel_size, stride, padding, dilation)


@wrong("col2im", "dtype")
def in_whole_numbers(cols, *, output_size, kernel_size, stride=1, padding=0, dilation=1):
    return returned(cols, output_size, kernel_size, stride, padding, dilation).astype(int)


@right("im2col")
def by_index(x, *, kernel_size, stride=1, padding=0, dilation=1):
    return taken(x, kernel_size, stride, padding, dilation)


@right("im2col")
def window_by_window(x, *, kernel_size, stride=1, padding=0, dilation=1):
    (kh, kw), (sh, sw), (ph, pw), (dh, dw) = map(pair, (kernel_size, stride, padding, dilation))
    oh, ow = sizes(x.shape[2:], (kh, kw), stride, padding, dilation)
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    found = []
    for i, j in np.ndindex(oh, ow):
        window = xp[:, :, sh * i : sh * i + dh * (kh - 1) + 1 : dh, sw * j : sw * j + dw * (kw - 1) + 1 : dw]
        found.append(window.reshape(len(x), x.shape[1] * kh * kw))
    return np.stack(found, axis=-1)


@right("im2col")
def by_strides(x, *, kernel_size, stride=1, padding=0, dilation=1):
    (kh, kw), (sh, sw), (ph, pw), (dh, dw) = map(pair, (kernel_size, stride, padding, dilation))
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    view = np.lib.stride_tricks.sliding_window_view(xp, (dh * (kh - 1) + 1, dw * (kw - 1) + 1), (2, 3))
    view = view[:, :, ::sh, ::sw, ::dh, ::dw]
    n, c, oh, ow = view.shape[:4]
    return view.transpose(0, 1, 4, 5, 2, 3).reshape(n, c * kh * kw, oh * ow).copy()


@right("col2im")
def with_add_at(cols, *, output_size, kernel_size, stride=1, padding=0, dilation=1):
    return returned(cols, output_size, kernel_size, stride, padding, dilation)


@right("col2im")
def as_a_matrix(cols, *, output_size, kernel_size, stride=1, padding=0, dilation=1):
    h, w = pair(output_size)
    channels = cols.shape[1] // np.prod(pair(kernel_size))
    ones = np.eye(channels * h * w, dtype=cols.dtype).reshape(-1, channels, h, w)
    C = taken(ones, kernel_size, stride, padding, dilation).reshape(len(ones), -1)
    return (cols.reshape(len(cols), C.shape[1]) @ C.T).reshape(len(cols), channels, h, w)
