"""Chapters 7 and 8: the wrong window functions that people really write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from cnnlab import loader
from cnnlab.course.cases.conv import two
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Expected, Rival
from cnnlab.gradcheck.wording import explain_lost_terms


def to_float64(case: Case) -> dict[str, Any]:
    """Return the inputs of a case in float64."""
    return {k: v if v is None else v.astype(np.float64) for k, v in case.inputs.items()}


def expect_convolution(case: Case) -> Expected:
    """Return the right answer to conv2d_loops, by the convolution that was handed out."""
    conv2d = loader.load_stub_function("conv", "conv2d_forward")
    return Expected(None, {"y": conv2d(*to_float64(case).values(), **case.options)[0]})


def _turn_kernel(case: Case, right):
    return right(replace(case, inputs={**case.inputs, "w": case.inputs["w"][:, :, ::-1, ::-1]}))


def _omit_bias(case: Case, right):
    return right(replace(case, inputs={**case.inputs, "b": None}))


def _split(case: Case, cols: np.ndarray) -> np.ndarray:
    """cols with its rows as (c, u, v)."""
    kh, kw = two(case.options["kernel_size"])
    return cols.reshape(len(cols), -1, kh, kw, cols.shape[-1])


def _taps_first(case: Case, right):
    cols = right(case)
    return _split(case, cols).transpose(0, 2, 3, 1, 4).reshape(cols.shape)


def _columns_first(case: Case, right):
    cols = right(case)
    return _split(case, cols).transpose(0, 1, 3, 2, 4).reshape(cols.shape)


def _omit_crop(case: Case, right):
    """What is left when the corner of the padded image is taken for the image."""
    (h, w), (ph, pw) = two(case.options["output_size"]), two(case.options.get("padding", 0))
    options = {**case.options, "output_size": (h + 2 * ph, w + 2 * pw), "padding": 0}
    return right(replace(case, options=options))[..., :h, :w]


def _last_wins(case: Case, right):
    """What stays when each place of the window overwrites instead of adding."""
    rows, x = _split(case, case.inputs["cols"]), 0.0
    for u, v in np.ndindex(rows.shape[2:4]):
        place = np.zeros_like(rows)
        place[:, :, u, v] = 1.0
        ones, own = (a.reshape(case.inputs["cols"].shape) for a in (place, place * rows))
        reached = right(replace(case, inputs={"cols": ones})) != 0
        x = np.where(reached, right(replace(case, inputs={"cols": own})), x)
    return np.asarray(x)


def _bias_times(count: Callable[[Case], np.ndarray | int]):
    """y with the bias added `count` times."""

    def compute(case: Case, right):
        b = case.inputs["b"]
        return None if b is None else right(case) + (count(case) - 1) * b[:, None, None]

    return compute


def _count_terms(case: Case) -> int:
    return prod(case.inputs["w"].shape[1:])


def _count_terms_inside(case: Case) -> np.ndarray:
    """How many terms of each output cell are no padding."""
    x, w, _ = case.inputs.values()
    ones = {"x": np.ones((1, *x.shape[1:])), "w": np.ones((1, *w.shape[1:])), "b": None}
    return np.asarray(expect_convolution(replace(case, inputs=ones)).grads["y"])[0, 0]


def _last_term(case: Case, right):
    """The last term of each cell that is no padding, with the bias."""
    x, w, b = case.inputs.values()
    (ph, pw), (sh, sw) = two(case.options.get("padding", 0)), two(case.options.get("stride", 1))
    y = np.zeros(right(case).shape)
    for i, j in np.ndindex(y.shape[2:]):
        for u, v in np.ndindex(w.shape[2:]):
            row, column = sh * i + u - ph, sw * j + v - pw
            if 0 <= row < x.shape[2] and 0 <= column < x.shape[3]:
                y[:, :, i, j] = np.outer(x[:, -1, row, column], w[:, -1, u, v])
    return y if b is None else y + b[:, None, None]


def _wrap_around(case: Case, right):
    """Rows and columns below 0 read from the other end, as a negative index does; those beyond the image are 0."""
    (ph, pw), x = two(case.options.get("padding", 0)), case.inputs["x"]
    if not (ph or pw) or ph > x.shape[2] or pw > x.shape[3]:
        return None
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    padded[:, :, :ph, pw : pw + x.shape[3]] = x[:, :, x.shape[2] - ph :]
    padded[:, :, :, :pw] = padded[:, :, :, x.shape[3] : x.shape[3] + pw] if pw else padded[:, :, :, :0]
    return right(replace(case, inputs={**case.inputs, "x": padded}, options={**case.options, "padding": 0}))


def _pad_after(case: Case, right):
    """All padding at the bottom and the right."""
    (ph, pw), x = two(case.options.get("padding", 0)), case.inputs["x"]
    padded = np.pad(x, ((0, 0), (0, 0), (0, 2 * ph), (0, 2 * pw)))
    return right(replace(case, inputs={**case.inputs, "x": padded}, options={**case.options, "padding": 0}))


def _output_of(case: Case) -> tuple[int, int]:
    """Return OH and OW of a case of im2col or col2im."""
    image = two(case.options["output_size"]) if "cols" in case.inputs else case.inputs["x"].shape[2:]
    kernel = two(case.options["kernel_size"])
    stride, padding, dilation = (
        two(case.options.get(k, d)) for k, d in (("stride", 1), ("padding", 0), ("dilation", 1))
    )
    sizes = zip(image, kernel, stride, padding, dilation, strict=True)
    rows, columns = ((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in sizes)
    return rows, columns


def _columns_exchanged(case: Case, right):
    """The columns in the order of j, i."""
    oh, ow = _output_of(case)
    if "cols" in case.inputs:
        cols = case.inputs["cols"]
        moved = cols.reshape(*cols.shape[:2], ow, oh).swapaxes(-1, -2).reshape(cols.shape)
        return right(replace(case, inputs={"cols": np.ascontiguousarray(moved)}))
    cols = right(case)
    return cols.reshape(*cols.shape[:2], oh, ow).swapaxes(-1, -2).reshape(cols.shape)


def _taps_turned(case: Case, right):
    """The kernel positions from the last to the first."""
    if "cols" in case.inputs:
        cols = case.inputs["cols"]
        moved = _split(case, cols)[:, :, ::-1, ::-1].reshape(cols.shape)
        return right(replace(case, inputs={"cols": np.ascontiguousarray(moved)}))
    cols = right(case)
    return _split(case, cols)[:, :, ::-1, ::-1].reshape(cols.shape)


def _reorder_rows(order: tuple[int, int, int]):
    """x of columns whose rows were taken to be in another order of c, u, v."""

    def compute(case: Case, right):
        cols, (kh, kw) = case.inputs["cols"], two(case.options["kernel_size"])
        sizes = (cols.shape[1] // (kh * kw), kh, kw)
        split = cols.reshape(len(cols), *(sizes[k] for k in order), cols.shape[-1])
        back = np.argsort(order)
        moved = split.transpose(0, *(1 + back), 4).reshape(cols.shape)
        return right(replace(case, inputs={"cols": np.ascontiguousarray(moved)}))

    return compute


def _average_overlaps(case: Case, right):
    """Each cell divided by how many windows reach it."""
    reached = right(replace(case, inputs={"cols": np.ones_like(case.inputs["cols"])}))
    return right(case) / np.maximum(reached, 1)


def _combine_taps(keep):
    """What another rule than adding makes of what reaches a cell. keep: (so far, new, reached before) -> kept."""

    def compute(case: Case, right):
        rows, x, seen = _split(case, case.inputs["cols"]), 0.0, False
        for u, v in np.ndindex(rows.shape[2:4]):
            place = np.zeros_like(rows)
            place[:, :, u, v] = 1.0
            ones, own = (a.reshape(case.inputs["cols"].shape) for a in (place, place * rows))
            reached = right(replace(case, inputs={"cols": ones})) != 0
            new = right(replace(case, inputs={"cols": own}))
            x, seen = np.where(reached, keep(x, new, seen), x), seen | reached
        return np.asarray(x)

    return compute


def _use_option(option: str, change):
    """What another stride or dilation gives for as many windows, of a padded image that is as large as they reach."""

    def compute(case: Case, right):
        defaults = {"stride": 1, "dilation": 1}
        values = {k: two(case.options.get(k, v)) for k, v in defaults.items()}
        if option not in case.options or change(values[option]) == values[option]:
            return None
        values[option] = change(values[option])
        kernel = case.inputs["w"].shape[2:] if "w" in case.inputs else two(case.options["kernel_size"])
        (ph, pw), x = two(case.options.get("padding", 0)), case.inputs["x"]
        output = _output_of(case) if "w" not in case.inputs else right(case).shape[2:]
        sizes = zip(kernel, output, values["stride"], values["dilation"], strict=True)
        rows, columns = (s * (o - 1) + d * (k - 1) + 1 for k, o, s, d in sizes)
        padded = np.pad(x, ((0, 0), (0, 0), (ph, ph + rows), (pw, pw + columns)))[:, :, :rows, :columns]
        options = {**case.options, option: values[option], "padding": 0}
        return right(replace(case, inputs={**case.inputs, "x": np.ascontiguousarray(padded)}, options=options))

    return compute


def _repeat_edge(case: Case, right):
    """The padding filled with the cells at the edge."""
    (ph, pw), x = two(case.options.get("padding", 0)), case.inputs["x"]
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), mode="edge")
    return right(replace(case, inputs={**case.inputs, "x": padded}, options={**case.options, "padding": 0}))


def _average_terms(case: Case, right):
    b = case.inputs["b"]
    bias = 0.0 if b is None else b[:, None, None]
    return (right(case) - bias) / _count_terms(case) + bias


#: Why x keeps one of several terms.
LOST = explain_lost_terms("x")

ORDER = "the rows of cols are in the order of c, u, v: channel first, then the kernel's rows, then its columns."

RIVALS = (
    Rival(
        "y",
        "flip",
        "y is what a kernel turned by 180° gives: in deep learning a convolution slides the kernel as it is.",
        _turn_kernel,
    ),
    Rival("y", "formula", "y lacks the bias: b[f] is added to every cell of filter f.", _omit_bias),
    Rival(
        "y",
        "formula",
        "y has the bias once for each term of the sum: b[f] is added once, after the sum.",
        _bias_times(_count_terms),
    ),
    Rival(
        "y",
        "formula",
        "y has the bias once for each term that is no padding: b[f] is added once, after the sum.",
        _bias_times(_count_terms_inside),
    ),
    Rival(
        "y",
        "formula",
        "y has the bias once for each channel: b[f] is added once, after the sum.",
        _bias_times(lambda case: case.inputs["w"].shape[1]),
    ),
    Rival("y", "scale", "y is the mean of its terms: a convolution is their sum.", _average_terms),
    *(
        Rival(
            name, "option", f"{name} is what a {option} of 1 gives: {option} is not used.", _use_option(option, change)
        )
        for name in ("y", "cols")
        for option, change in (("stride", lambda pair: (1, 1)), ("dilation", lambda pair: (1, 1)))
    ),
    *(
        Rival(
            name,
            "option",
            f"{name} uses the {option} of the {which} for both rows and columns.",
            _use_option(option, change),
        )
        for name in ("y", "cols")
        for option in ("stride", "dilation")
        for which, change in (("rows", lambda pair: (pair[0],) * 2), ("columns", lambda pair: (pair[1],) * 2))
    ),
    Rival("y", "option", "y repeats the cells at the edge in the padding: padding is 0.", _repeat_edge),
    Rival("cols", "option", "cols repeats the cells at the edge in the padding: padding is 0.", _repeat_edge),
    Rival("y", "accumulate", "y is the last term of each sum alone: = where += is needed.", _last_term),
    Rival(
        "y",
        "option",
        "y reads rows and columns below 0 from the other end, as a negative index does: they are padding, 0.",
        _wrap_around,
    ),
    Rival(
        "y", "option", "y has all padding below and to the right: half of it lies above and to the left.", _pad_after
    ),
    Rival(
        "cols", "option", "cols has all padding below and to the right: half lies above and to the left.", _pad_after
    ),
    Rival(
        "cols",
        "transpose",
        "cols has its columns in the order of j, i: they are in the order of i, j.",
        _columns_exchanged,
    ),
    Rival(
        "cols",
        "flip",
        "cols has the places of the kernel from the last to the first: u and v go up from 0.",
        _taps_turned,
    ),
    Rival(
        "x",
        "transpose",
        "x takes the columns to be in the order of j, i: they are in the order of i, j.",
        _columns_exchanged,
    ),
    Rival(
        "x", "flip", "x takes the places of the kernel from the last to the first: u and v go up from 0.", _taps_turned
    ),
    Rival(
        "x",
        "transpose",
        f"x takes the rows of cols in the order of u, v, c; {ORDER}",
        _reorder_rows((1, 2, 0)),
    ),
    Rival(
        "x",
        "transpose",
        f"x takes the rows of cols in the order of c, v, u; {ORDER}",
        _reorder_rows((0, 2, 1)),
    ),
    Rival("x", "accumulate", "x is the mean of what reaches a cell: a cell collects the sum of it.", _average_overlaps),
    Rival(
        "x",
        "accumulate",
        f"x keeps only what the last of the windows in their order gave a cell: {LOST}. A cell collects from all its "
        "windows.",
        _combine_taps(lambda so_far, new, seen: np.where(seen, so_far, new)),
    ),
    Rival(
        "x",
        "accumulate",
        "x is the largest of what reaches a cell, and 0: a cell collects the sum of it.",
        _combine_taps(lambda so_far, new, seen: np.maximum(so_far, new)),
    ),
    Rival(
        "x",
        "accumulate",
        "x is the largest of what reaches a cell: a cell collects the sum of it.",
        _combine_taps(lambda so_far, new, seen: np.where(seen, np.maximum(so_far, new), new)),
    ),
    Rival("cols", "transpose", f"cols has its rows in the order of u, v, c; {ORDER}", _taps_first),
    Rival("cols", "transpose", f"cols has its rows in the order of c, v, u; {ORDER}", _columns_first),
    Rival(
        "x",
        "accumulate",
        f"x keeps only the last window that reached a cell: {LOST}. A cell collects from all its windows.",
        _last_wins,
    ),
    Rival(
        "x",
        "option",
        "x is cut from the corner of the padded image: its first rows and columns are padding; x begins after them.",
        _omit_crop,
    ),
)
