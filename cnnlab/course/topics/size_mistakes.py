"""Chapter 1: sizes and counts by formulas that are nearly right. Rivals of conv_output_size and count_parameters."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor, prod
from typing import Any

import numpy as np

from cnnlab.course.cases.conv import two
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Rival

# conv_output_size.

#: (cells, k, s, p, d, ceil_mode) -> windows along one axis.
AxisFormula = Callable[[int, int, int, int, int, bool], int]


def _along_axes(formula: AxisFormula, ignored: tuple[str, ...] = ()) -> Callable[[Case, Any], np.ndarray]:
    """ignored: options that the formula leaves out."""

    def compute(case: Case, right) -> np.ndarray:
        options = {name: value for name, value in case.options.items() if name not in ignored}
        numbers = [
            case.inputs["size"],
            two(case.inputs["kernel_size"]),
            *(two(options.get(name, usual)) for name, usual in (("stride", 1), ("padding", 0), ("dilation", 1))),
        ]
        ceil_mode = options.get("ceil_mode", False)
        return np.array([formula(h, k, s, p, d, ceil_mode) for h, k, s, p, d in zip(*numbers, strict=True)])

    return compute


def count_windows(h: int, k: int, s: int, p: int, d: int, ceil_mode: bool) -> int:
    """The right number of windows."""
    room = h + 2 * p - d * (k - 1) - 1
    count = room // s + 1
    return count + (1 if ceil_mode and room % s and count * s < h + p else 0)


def _round_quotient(h: int, k: int, s: int, p: int, d: int, ceil_mode: bool) -> int:
    return round(Fraction(h + 2 * p - d * (k - 1) - 1, s)) + 1


_SIZE_MISTAKES: tuple[tuple[str, str, AxisFormula], ...] = (
    (
        "geometry",
        "size is rounded to the nearest: a window that does not fit any more is left out, so //.",
        _round_quotient,
    ),
    (
        "geometry",
        "size is rounded to the nearest: a window that does not fit any more is left out, so //.",
        lambda h, k, s, p, d, c: round(Fraction(h + 2 * p - d * (k - 1) - 1, s) + 1),
    ),
    (
        "formula",
        "size leaves the kernel out: a window needs k cells, so the last one begins k cells before the end.",
        lambda h, k, s, p, d, c: (h + 2 * p) // s,
    ),
    (
        "formula",
        "size leaves the kernel out: a window needs k cells, so the last one begins k cells before the end.",
        lambda h, k, s, p, d, c: (h + 2 * p - 1) // s + 1,
    ),
    (
        "formula",
        "size leaves the kernel out: a window needs k cells, so the last one begins k cells before the end.",
        lambda h, k, s, p, d, c: (h + 2 * p) // s + 1,
    ),
    (
        "formula",
        "size adds 1 before the division: the windows are the steps, (H + 2p − k) // s, and one more.",
        lambda h, k, s, p, d, c: (h + 2 * p - d * (k - 1)) // s,
    ),
    (
        "formula",
        "size adds 1 before the division: the windows are the steps, (H + 2p − k) // s, and one more.",
        lambda h, k, s, p, d, c: -(-(h + 2 * p - d * (k - 1)) // s) if c else (h + 2 * p - d * (k - 1)) // s,
    ),
    (
        "formula",
        "size subtracts k − 1 cells and adds 1 as well: k cells are subtracted before the division, and 1 is added "
        "after it.",
        lambda h, k, s, p, d, c: (h + 2 * p - d * (k - 1)) // s + 1,
    ),
    (
        "formula",
        "size lacks the first window: the steps between windows are counted, and there is one window more than steps.",
        lambda h, k, s, p, d, c: count_windows(h, k, s, p, d, c) - 1,
    ),
    (
        "option",
        "size adds the padding once: there are p rows at either end, 2p in all.",
        lambda h, k, s, p, d, c: (h + p - d * (k - 1) - 1) // s + 1,
    ),
    (
        "geometry",
        "size is rounded up: a window that does not fit any more is left out.",
        lambda h, k, s, p, d, c: ceil(Fraction(h + 2 * p - d * (k - 1) - 1, s)) + 1,
    ),
    (
        "sign",
        "size takes the padding off: padding adds cells, p at either end.",
        lambda h, k, s, p, d, c: (h - 2 * p - d * (k - 1) - 1) // s + 1,
    ),
    (
        "formula",
        "size has a window too many: the steps between windows are counted, and there is one window more than steps.",
        lambda h, k, s, p, d, c: count_windows(h, k, s, p, d, c) + 1,
    ),
    (
        "formula",
        "size adds the padding to the number of windows: it is cells that it adds, 2p before the division.",
        lambda h, k, s, p, d, c: count_windows(h, k, s, 0, d, c) + 2 * p,
    ),
    (
        "formula",
        "size is H / s rounded up, whatever the kernel and the padding are.",
        lambda h, k, s, p, d, c: ceil(Fraction(h, s)),
    ),
    ("formula", "size is that of the image: padding, kernel and stride change it.", lambda h, k, s, p, d, c: h),
    ("formula", "size is H // s, whatever the kernel and the padding are.", lambda h, k, s, p, d, c: h // s),
    (
        "formula",
        "size divides the image by the kernel: windows overlap, and move on by s cells.",
        lambda h, k, s, p, d, c: floor(Fraction(h + 2 * p, k)),
    ),
    (
        "formula",
        "size multiplies by the stride where it divides.",
        lambda h, k, s, p, d, c: (h + 2 * p - d * (k - 1) - 1) * s + 1,
    ),
)

#: These show with ceil_mode alone, so they are never looked for where ceil_mode is left out.
_CEIL_MISTAKES: tuple[tuple[str, str, AxisFormula], ...] = (
    (
        "option",
        "size counts one window more wherever ceil_mode is on: where the windows cover every cell there is no other.",
        lambda h, k, s, p, d, c: (n := count_windows(h, k, s, p, d, False)) + (1 if c and n * s < h + p else 0),
    ),
    (
        "option",
        "size counts one window more wherever ceil_mode is on: there is another only where cells are left over.",
        lambda h, k, s, p, d, c: count_windows(h, k, s, p, d, False) + (1 if c else 0),
    ),
)

#: Options of the general cases, which come last: they may be missing besides another mistake.
_LATE_OPTIONS: tuple[tuple[str, ...], ...] = ((), ("ceil_mode",), ("dilation",), ("ceil_mode", "dilation"))

SIZE_RIVALS = (
    *(Rival("size", code, sentence, _along_axes(formula)) for code, sentence, formula in _CEIL_MISTAKES),
    *(
        Rival("size", code, sentence, _along_axes(formula, ignored))
        for ignored in _LATE_OPTIONS
        for code, sentence, formula in _SIZE_MISTAKES
    ),
)


def _take_axis(axis: int) -> Callable[[Case, Any], np.ndarray | None]:
    def compute(case: Case, right) -> np.ndarray | None:
        size = right(case)
        return np.repeat(size[axis], 2) if size.size else None  # where nothing fits there is no size

    return compute


SIZE_RIVALS += (
    Rival("size", "geometry", "size has the rows for both: columns are counted from W.", _take_axis(0)),
    Rival("size", "geometry", "size has the columns for both: rows are counted from H.", _take_axis(1)),
)

# count_parameters.

#: options of a layer -> its parameters.
LayerFormula = Callable[[dict[str, Any]], int]


def _area(o: dict[str, Any]) -> int:
    return prod(two(o["kernel_size"]))


def _reads(o: dict[str, Any]) -> int:
    """How many channels a filter reads."""
    return o["in_channels"] // o.get("groups", 1)


def _bias(o: dict[str, Any]) -> int:
    return 1 if o.get("bias", True) else 0


def _count_conv(o: dict[str, Any]) -> int:
    return o["out_channels"] * (_reads(o) * _area(o) + _bias(o))


def _count_linear(o: dict[str, Any]) -> int:
    return o["out_features"] * (o["in_features"] + _bias(o))


def _weigh_conv(o: dict[str, Any]) -> int:
    return o["out_channels"] * _reads(o) * _area(o)


def _weigh_linear(o: dict[str, Any]) -> int:
    return o["out_features"] * o["in_features"]


#: The numbers of all layers that learn -> the count.
Total = Callable[[list[int]], int]

#: How a mistake counts: a convolution, a linear layer, and all of them.
Counting = tuple[LayerFormula, LayerFormula, Total]


def _add_layers(conv: LayerFormula, linear: LayerFormula = _count_linear) -> Counting:
    return conv, linear, sum


def _pick_layer(place: int) -> Counting:
    return _count_conv, _count_linear, lambda counts: counts[place] if counts else 0


def _count_by(counting: Counting, ignored: tuple[str, ...] = ()) -> Callable[[Case, Any], np.ndarray]:
    """ignored: options that are left out."""

    def compute(case: Case, right) -> np.ndarray:
        conv, linear, total = counting
        formulas = {"conv": conv, "linear": linear}
        layers = [(kind, {n: v for n, v in o.items() if n not in ignored}) for kind, o in case.inputs["layers"]]
        return np.array(total([formulas[kind](o) for kind, o in layers if kind in formulas]), int)

    return compute


ONE_BIAS = "count has one bias for {}: every filter, and every output of a linear layer, has its own."
INPUT_BIAS = "count has a bias for every input{}: every output has one, out · (in + 1) in all."
SIDE = "count takes k for the kernel's area: a kernel has k · k weights for each channel."

_COUNT_MISTAKES: tuple[tuple[str, str, Counting], ...] = (
    (
        "formula",
        ONE_BIAS.format("each layer"),
        _add_layers(lambda o: _weigh_conv(o) + _bias(o), lambda o: _weigh_linear(o) + _bias(o)),
    ),
    ("formula", ONE_BIAS.format("each convolution"), _add_layers(lambda o: _weigh_conv(o) + _bias(o))),
    ("formula", ONE_BIAS.format("each linear layer"), _add_layers(_count_conv, lambda o: _weigh_linear(o) + _bias(o))),
    (
        "formula",
        INPUT_BIAS.format(""),
        _add_layers(
            lambda o: _weigh_conv(o) + _bias(o) * o["in_channels"],
            lambda o: _weigh_linear(o) + _bias(o) * o["in_features"],
        ),
    ),
    (
        "formula",
        INPUT_BIAS.format(" of a linear layer"),
        _add_layers(_count_conv, lambda o: _weigh_linear(o) + _bias(o) * o["in_features"]),
    ),
    (
        "formula",
        INPUT_BIAS.format(" channel of a convolution"),
        _add_layers(lambda o: _weigh_conv(o) + _bias(o) * o["in_channels"]),
    ),
    ("formula", SIDE, _add_layers(lambda o: o["out_channels"] * (_reads(o) * two(o["kernel_size"])[0] + _bias(o)))),
    (
        "formula",
        "count takes 2k for the kernel's area: a kernel has k · k weights for each channel.",
        _add_layers(lambda o: o["out_channels"] * (_reads(o) * sum(two(o["kernel_size"])) + _bias(o))),
    ),
    (
        "geometry",
        "count takes every kernel to be square, by its rows: it has KH · KW weights for each channel.",
        _add_layers(lambda o: o["out_channels"] * (_reads(o) * two(o["kernel_size"])[0] ** 2 + _bias(o))),
    ),
    ("formula", "count leaves out the biases of the convolutions: every filter has one.", _add_layers(_weigh_conv)),
    (
        "formula",
        "count leaves out the biases of the linear layers: every output has one.",
        _add_layers(_count_conv, _weigh_linear),
    ),
    (
        "formula",
        "count counts one filter of a convolution: there are out_channels of them.",
        _add_layers(lambda o: _reads(o) * _area(o) + _bias(o)),
    ),
    (
        "formula",
        "count has a bias for each channel of a filter: a filter has one bias, however many channels it reads.",
        _add_layers(lambda o: o["out_channels"] * _reads(o) * (_area(o) + _bias(o))),
    ),
    (
        "formula",
        "count has a bias for every weight.",
        _add_layers(lambda o: _weigh_conv(o) * (1 + _bias(o)), lambda o: _weigh_linear(o) * (1 + _bias(o))),
    ),
    (
        "formula",
        "count adds inputs and outputs where it multiplies: every output has a weight for each of its inputs.",
        _add_layers(
            lambda o: o["out_channels"] + _reads(o) * _area(o) + _bias(o),
            lambda o: o["out_features"] + o["in_features"] + _bias(o),
        ),
    ),
    (
        "channel",
        "count takes out_channels for the channels that a filter reads: it reads in_channels.",
        _add_layers(lambda o: o["out_channels"] * (o["out_channels"] * _area(o) + _bias(o))),
    ),
    ("formula", "count leaves out the linear layers.", _add_layers(_count_conv, lambda o: 0)),
    ("formula", "count leaves out the convolutions.", _add_layers(lambda o: 0)),
    ("formula", "count is that of the last layer: = where += is needed, over all layers.", _pick_layer(-1)),
    ("formula", "count is that of the first layer: go through all layers before you return.", _pick_layer(0)),
)

COUNT_RIVALS = tuple(
    Rival("count", code, sentence, _count_by(counting, ignored))
    for ignored in ((), ("groups",), ("bias",), ("groups", "bias"))
    for code, sentence, counting in _COUNT_MISTAKES
)
