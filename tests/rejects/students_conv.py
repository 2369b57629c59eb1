"""Convolution's three gradients and transposed convolution as eight students write them, each with its code."""

import numpy as np

from tests.rejects import right, wrong
from tests.rejects.conv import DB, DW, DX, correlate, padded, scatter, two

CT = "conv_transpose2d_backward"


def of_dx(name, *codes):
    """A wrong input gradient: (dy, w, x_shape, options) -> dx."""

    def register(f):
        def backward(dy, w, x_shape, **options):
            return f(dy, w, x_shape, options)

        backward.__name__ = name
        wrong(DX, *codes)(backward)

    return register


def of_dw(name, *codes):
    """A wrong weight gradient: (dy, x, w_shape, options) -> dw."""

    def register(f):
        def backward(dy, x, w_shape, **options):
            return f(dy, x, w_shape, options)

        backward.__name__ = name
        wrong(DW, *codes)(backward)

    return register


def of_db(name, *codes):
    def register(f):
        def backward(dy):
            return f(dy)

        backward.__name__ = name
        wrong(DB, *codes)(backward)

    return register


def only(options, **changed):
    return {**options, **changed}


of_dx("over_filters", "scale")(lambda dy, w, s, o: scatter(dy, w, s, **o) / len(w))
of_dx("over_positions", "scale")(lambda dy, w, s, o: scatter(dy, w, s, **o) / np.prod(dy.shape[2:]))
of_dx("times_the_batch", "scale")(lambda dy, w, s, o: scatter(dy, w, s, **o) * len(dy))
of_dx("a_tenth", "scale")(lambda dy, w, s, o: scatter(dy, w, s, **o) / 10)
of_dx("minus_a_half", "sign")(lambda dy, w, s, o: scatter(dy, w, s, **o) / -2)
of_dx("kernel_transposed", "transpose", "raises", "geometry", "formula")(lambda dy, w, s, o: scatter(dy, w.swapaxes(2, 3) if w.shape[2] == w.shape[3] else w, s, **o))
of_dx("kernel_rows_mirrored", "flip", "formula")(lambda dy, w, s, o: scatter(dy, w[:, :, ::-1], s, **o))
of_dx("dx_transposed_if_square", "transpose")(lambda dy, w, s, o: (lambda dx: dx.swapaxes(2, 3).copy() if s[2] == s[3] else dx)(scatter(dy, w, s, **o)))
of_dx("dy_transposed_if_square", "transpose", "formula")(lambda dy, w, s, o: scatter(dy.swapaxes(2, 3) if dy.shape[2] == dy.shape[3] else dy, w, s, **o))
of_dx("dy_mirrored", "flip", "formula")(lambda dy, w, s, o: scatter(dy[:, :, ::-1, ::-1], w, s, **o))
of_dx("first_filter_only", "channel", "reduction")(lambda dy, w, s, o: scatter(dy * (np.arange(len(w)) == 0)[:, None, None], w, s, **o))
of_dx("last_filter_only", "channel", "reduction")(lambda dy, w, s, o: scatter(dy * (np.arange(len(w)) == len(w) - 1)[:, None, None], w, s, **o))
of_dx("mean_over_filters", "channel", "scale", "reduction")(lambda dy, w, s, o: scatter(dy, np.broadcast_to(w.mean(0), w.shape), s, **o))
of_dx("channels_summed", "reduction", "channel")(lambda dy, w, s, o: np.broadcast_to(scatter(dy, w, s, **o).sum(1, keepdims=True), s).copy())
of_dx("batch_summed", "reduction")(lambda dy, w, s, o: np.broadcast_to(scatter(dy, w, s, **o).sum(0, keepdims=True), s).copy())
of_dx("padding_of_rows_for_both", "option")(lambda dy, w, s, o: scatter(dy, w, s, **o) if two(o["padding"] if "padding" in o else 0)[0] == two(o.get("padding", 0))[1] else np.zeros(s, dy.dtype))
of_dx("right_without_padding_only", "option")(lambda dy, w, s, o: scatter(dy, w, s, **o) * (max(two(o.get("padding", 0))) == 0))
of_dx("right_at_stride_one_only", "option")(lambda dy, w, s, o: scatter(dy, w, s, **o) * (max(two(o.get("stride", 1))) == 1))
of_dx("first_row_lost", "border", "geometry")(lambda dy, w, s, o: np.concatenate([0 * (dx := scatter(dy, w, s, **o))[:, :, :1], dx[:, :, 1:]], 2))
of_dx("edges_lost", "border", "geometry")(lambda dy, w, s, o: scatter(dy, w, s, **o) * _inside(s))
of_dx("one_column_left", "shift")(lambda dy, w, s, o: np.roll(scatter(dy, w, s, **o), -1, 3))
of_dx("absolute_weights", "formula")(lambda dy, w, s, o: scatter(dy, np.abs(w), s, **o))
of_dx("squared_weights", "formula")(lambda dy, w, s, o: scatter(dy, w * w, s, **o))
of_dx("ones_for_weights", "formula")(lambda dy, w, s, o: scatter(dy, np.ones_like(w), s, **o))
of_dx("dy_squared", "formula")(lambda dy, w, s, o: scatter(dy * dy, w, s, **o))
of_dx("clipped_gradient", "formula")(lambda dy, w, s, o: np.clip(scatter(dy, w, s, **o), -20, 20))
of_dx("rounded_stride", "option", "raises")(lambda dy, w, s, o: scatter(dy, w, s, **only(o, stride=two(o.get("stride", 1))[0])))
of_dx("dilation_of_rows_for_both", "option", "raises")(lambda dy, w, s, o: scatter(dy, w, s, **only(o, dilation=two(o.get("dilation", 1))[0])))
of_dx("float16_result", "dtype")(lambda dy, w, s, o: scatter(dy, w, s, **o).astype(np.float16))
of_dx("no_batch_axis", "shape")(lambda dy, w, s, o: scatter(dy, w, s, **o)[0])
of_dx("nchw_to_nhwc", "shape", "transpose")(lambda dy, w, s, o: scatter(dy, w, s, **o).transpose(0, 2, 3, 1).copy())
of_dx("right_sum_in_corner", "formula", "mask")(lambda dy, w, s, o: _in_corner(scatter(dy, w, s, **o)))


def _inside(s):
    inside = np.zeros(s[2:])
    inside[1:-1, 1:-1] = 1
    return inside


def _in_corner(dx):
    out = np.zeros_like(dx)
    out[:, :, 0, 0] = dx.sum((2, 3))
    return out


of_dw("over_the_batch", "scale")(lambda dy, x, s, o: correlate(dy, x, s, **o) / len(x))
of_dw("over_positions", "scale")(lambda dy, x, s, o: correlate(dy, x, s, **o) / np.prod(dy.shape[2:]))
of_dw("over_batch_and_positions", "scale")(lambda dy, x, s, o: correlate(dy, x, s, **o) / (len(x) * np.prod(dy.shape[2:])))
of_dw("sign_turned", "sign")(lambda dy, x, s, o: -correlate(dy, x, s, **o))
of_dw("turned", "flip")(lambda dy, x, s, o: correlate(dy, x, s, **o)[:, :, ::-1, ::-1].copy())
of_dw("columns_mirrored", "flip")(lambda dy, x, s, o: correlate(dy, x, s, **o)[..., ::-1].copy())
of_dw("transposed_if_square", "transpose")(lambda dy, x, s, o: (lambda dw: dw.swapaxes(2, 3).copy() if s[2] == s[3] else dw)(correlate(dy, x, s, **o)))
of_dw("first_image", "reduction")(lambda dy, x, s, o: correlate(dy[:1], x[:1], s, **o))
of_dw("last_image", "reduction")(lambda dy, x, s, o: correlate(dy[-1:], x[-1:], s, **o))
of_dw("first_position", "reduction")(lambda dy, x, s, o: correlate(np.pad(dy[:, :, :1, :1], [(0, 0), (0, 0), (0, dy.shape[2] - 1), (0, dy.shape[3] - 1)]), x, s, **o))
of_dw("first_row", "reduction")(lambda dy, x, s, o: correlate(np.pad(dy[:, :, :1], [(0, 0), (0, 0), (0, dy.shape[2] - 1), (0, 0)]), x, s, **o))
of_dw("without_dy", "upstream")(lambda dy, x, s, o: correlate(np.ones_like(dy), x, s, **o))
of_dw("mean_dy", "upstream")(lambda dy, x, s, o: correlate(np.full_like(dy, dy.mean()), x, s, **o))
of_dw("mirrored_image", "flip", "formula")(lambda dy, x, s, o: correlate(dy, x[:, :, ::-1, ::-1], s, **o))
of_dw("shifted_by_one", "shift", "formula")(lambda dy, x, s, o: np.roll(correlate(dy, x, s, **o), 1, 2))
of_dw("same_for_all_channels", "reduction", "channel")(lambda dy, x, s, o: np.broadcast_to(correlate(dy, x, s, **o).mean(1, keepdims=True), s).copy())
of_dw("same_for_all_filters", "reduction", "channel")(lambda dy, x, s, o: np.broadcast_to(correlate(dy, x, s, **o).sum(0, keepdims=True), s).copy())
of_dw("filters_reversed", "channel")(lambda dy, x, s, o: correlate(dy, x, s, **o)[::-1].copy())
of_dw("channels_reversed", "channel")(lambda dy, x, s, o: correlate(dy, x, s, **o)[:, ::-1].copy())
of_dw("same_number_at_each_tap", "reduction")(lambda dy, x, s, o: np.broadcast_to(correlate(dy, x, s, **o).sum((2, 3), keepdims=True), s).copy())
of_dw("wrong_where_padded", "option")(lambda dy, x, s, o: correlate(dy, x, s, **o) * (max(two(o.get("padding", 0))) == 0))
of_dw("wrong_where_dilated", "option")(lambda dy, x, s, o: correlate(dy, x, s, **o) * (max(two(o.get("dilation", 1))) == 1))
of_dw("wrong_in_groups", "option")(lambda dy, x, s, o: correlate(dy, x, s, **o) * (o.get("groups", 1) == 1))
of_dw("dilation_forgotten", "option")(lambda dy, x, s, o: correlate(dy, x, s, **only(o, dilation=1)))
of_dw("edge_padding", "option")(lambda dy, x, s, o: (lambda p: correlate(dy, np.pad(x, ((0, 0), (0, 0), (p[0],) * 2, (p[1],) * 2), "edge"), s, **only(o, padding=0)))(two(o.get("padding", 0))))
of_dw("padded_at_the_end_only", "option")(lambda dy, x, s, o: (lambda p: correlate(dy, np.pad(x, ((0, 0), (0, 0), (0, 2 * p[0]), (0, 2 * p[1]))), s, **only(o, padding=0)))(two(o.get("padding", 0))))
of_dw("relu_of_x", "formula")(lambda dy, x, s, o: correlate(dy, np.maximum(x, 0), s, **o))
of_dw("with_decay", "formula")(lambda dy, x, s, o: correlate(dy, x, s, **o) + 1.0)
of_dw("integer_result", "dtype")(lambda dy, x, s, o: correlate(dy, x, s, **o).astype(np.int32))
of_dw("per_image", "shape")(lambda dy, x, s, o: np.stack([correlate(dy[k : k + 1], x[k : k + 1], s, **o) for k in range(len(x))]))

of_db("mean_of_everything", "scale")(lambda dy: dy.mean((0, 2, 3)))
of_db("mean_of_positions", "scale")(lambda dy: dy.mean((2, 3)).sum(0))
of_db("mean_of_images", "scale")(lambda dy: dy.sum((2, 3)).mean(0))
of_db("sum_of_everything", "reduction")(lambda dy: np.full(dy.shape[1], dy.sum()))
of_db("first_position", "reduction")(lambda dy: dy[:, :, 0, 0].sum(0))
of_db("first_image", "reduction")(lambda dy: dy[0].sum((1, 2)))
of_db("largest", "formula")(lambda dy: dy.max((0, 2, 3)))
of_db("counts", "upstream")(lambda dy: np.full(dy.shape[1], float(dy[:, 0].size), dy.dtype))
of_db("ones", "upstream")(lambda dy: np.ones(dy.shape[1], dy.dtype))
of_db("over_channels", "shape", "raises")(lambda dy: dy.sum((1, 2, 3)))
of_db("positions_kept", "shape")(lambda dy: dy.sum(0))
of_db("kept_axes", "shape")(lambda dy: dy.sum((0, 2, 3), keepdims=True))
of_db("reversed", "flip", "channel")(lambda dy: dy.sum((0, 2, 3))[::-1].copy())
of_db("rolled", "channel", "shift")(lambda dy: np.roll(dy.sum((0, 2, 3)), 1))
of_db("absolute", "formula")(lambda dy: np.abs(dy).sum((0, 2, 3)))
of_db("squares", "formula")(lambda dy: (dy**2).sum((0, 2, 3)))
of_db("last_row_missing", "reduction", "formula")(lambda dy: dy[:, :, :-1].sum((0, 2, 3)))
of_db("last_column_missing", "reduction", "formula")(lambda dy: dy[..., :-1].sum((0, 2, 3)))
of_db("every_second", "reduction", "formula")(lambda dy: dy[:, :, ::2, ::2].sum((0, 2, 3)))
of_db("diagonal", "reduction", "formula")(lambda dy: np.einsum("nfii->f", dy) if dy.shape[2] == dy.shape[3] else dy.sum((0, 2, 3)))
of_db("scalar", "shape")(lambda dy: dy.sum())
of_db("a_list", "structure")(lambda dy: list(dy.sum((0, 2, 3))))


# transposed convolution


def pieces(dy, c):
    """The right gradients of a transposed convolution, for the options of its cache."""
    how = {"stride": c.stride, "dilation": c.dilation, "groups": c.groups, "padding": c.padding}
    (sh, sw), (dh, dw), groups = two(c.stride), two(c.dilation), c.groups
    per, (kh, kw), (h, w) = c.w.shape[1], c.w.shape[2:], c.x.shape[2:]
    big = padded(dy, how["padding"])
    big = np.pad(big, ((0, 0), (0, 0), (0, dh * kh + sh * h), (0, dw * kw + sw * w)))
    dx, grad = np.zeros(c.x.shape, dy.dtype), np.zeros(c.w.shape, dy.dtype)
    for u in range(kh):
        for v in range(kw):
            cells = big[:, :, dh * u : dh * u + sh * (h - 1) + 1 : sh, dw * v : dw * v + sw * (w - 1) + 1 : sw]
            for g in range(groups):
                fs, cs = slice(g * per, (g + 1) * per), slice(g * len(c.w) // groups, (g + 1) * len(c.w) // groups)
                dx[:, cs] += np.einsum("nfij,cf->ncij", cells[:, fs], c.w[cs, :, u, v])
                grad[cs, :, u, v] = np.einsum("ncij,nfij->cf", c.x[:, cs], cells[:, fs])
    return dx, grad, None if c.b is None else dy.sum((0, 2, 3))


def transposed(name, *codes, dx=None, dw=None, db=None):
    def backward(dy, cache):
        values, changes = pieces(dy, cache), (dx, dw, db)
        return tuple(v if f is None or v is None else f(v, dy, cache) for v, f in zip(values, changes, strict=True))

    backward.__name__ = name
    (wrong(CT, *codes) if codes else right(CT))(backward)


transposed("tap_by_tap")
transposed("dx_sign", "sign", dx=lambda v, dy, c: -v)
transposed("dx_over_batch", "scale", dx=lambda v, dy, c: v / len(dy))
transposed("dx_over_kernel", "scale", dx=lambda v, dy, c: v / np.prod(c.w.shape[2:]))
transposed("dx_turned_kernel", "flip", dx=lambda v, dy, c: pieces(dy, c._replace(w=c.w[:, :, ::-1, ::-1]))[0])
transposed("dx_mirrored", "flip", dx=lambda v, dy, c: v[..., ::-1].copy())
transposed("dx_without_dy", "upstream", dx=lambda v, dy, c: pieces(np.ones_like(dy), c)[0])
transposed("dx_channels_reversed", "channel", dx=lambda v, dy, c: v[:, ::-1].copy())
transposed("dx_no_padding", "option", dx=lambda v, dy, c: pieces(dy, c._replace(padding=0))[0])
transposed("dx_no_stride", "option", dx=lambda v, dy, c: pieces(dy, c._replace(stride=1))[0])
transposed("dx_no_dilation", "option", dx=lambda v, dy, c: pieces(dy, c._replace(dilation=1))[0])
transposed("dx_first_image", "reduction", dx=lambda v, dy, c: v * (np.arange(len(v)) == 0)[:, None, None, None])
transposed("dw_sign", "sign", dw=lambda v, dy, c: -v)
transposed("dw_over_batch", "scale", dw=lambda v, dy, c: v / len(dy))
transposed("dw_turned", "flip", dw=lambda v, dy, c: v[:, :, ::-1, ::-1].copy())
transposed("dw_first_image", "reduction", dw=lambda v, dy, c: pieces(dy[:1], c._replace(x=c.x[:1]))[1])
transposed("dw_without_dy", "upstream", dw=lambda v, dy, c: pieces(np.ones_like(dy), c)[1])
transposed("dw_transposed_if_square", "transpose", dw=lambda v, dy, c: v.swapaxes(2, 3).copy() if v.shape[2] == v.shape[3] else v)
transposed("dw_filters_swapped", "transpose", "shape", dw=lambda v, dy, c: v.swapaxes(0, 1).copy())
transposed("dw_no_padding", "option", dw=lambda v, dy, c: pieces(dy, c._replace(padding=0))[1])
transposed("db_mean", "scale", db=lambda v, dy, c: dy.mean((0, 2, 3)))
transposed("db_of_x", "upstream", "shape", db=lambda v, dy, c: np.full_like(v, c.x.sum()))
transposed("db_first_image", "reduction", db=lambda v, dy, c: dy[0].sum((1, 2)))
transposed("db_total", "reduction", db=lambda v, dy, c: np.full_like(v, dy.sum()))
transposed("db_zeros", "structure", "formula", "reduction", "mask", None, db=lambda v, dy, c: np.zeros_like(v))
