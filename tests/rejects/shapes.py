"""Chapter 1: wrong sizes, counts and fields, and right ones written in other ways."""

import functools
import math
from math import prod

import numpy as np

from tests.rejects import right, wrong


def pairs(size, kernel_size, stride=1, padding=0, dilation=1):
    return zip(size, *(n if isinstance(n, tuple) else (n, n) for n in (kernel_size, stride, padding, dilation)))


def sizes(formula):
    """conv_output_size with a formula for one axis: (h, k, s, p, d, ceil_mode) -> windows."""

    def conv_output_size(size, kernel_size, *, stride=1, padding=0, dilation=1, ceil_mode=False):
        return tuple(formula(*one, ceil_mode) for one in pairs(size, kernel_size, stride, padding, dilation))

    return conv_output_size


def windows(h, k, s, p, d, ceil_mode):
    room = h + 2 * p - d * (k - 1) - 1
    return room // s + 1 + (1 if ceil_mode and room % s and (room // s + 1) * s < h + p else 0)


WRONG_SIZES = {
    "one_window_missing": (lambda h, k, s, p, d, c: windows(h, k, s, p, d, c) - 1, ("formula", "scale")),
    "no_padding": (lambda h, k, s, p, d, c: windows(h, k, s, 0, d, c), ("option",)),
    "padding_once": (lambda h, k, s, p, d, c: (h + p - d * (k - 1) - 1) // s + 1, ("option",)),
    "no_stride": (lambda h, k, s, p, d, c: windows(h, k, 1, p, d, c), ("option",)),
    "always_rounded_up": (lambda h, k, s, p, d, c: -((h + 2 * p - d * (k - 1) - 1) // -s) + 1, ("geometry",)),
    "no_dilation": (lambda h, k, s, p, d, c: windows(h, k, s, p, 1, c), ("option",)),
    "a_kernel_as_long_as_its_dilation": (
        lambda h, k, s, p, d, c: windows(h, d * k, s, p, 1, c) if d > 1 else windows(h, k, s, p, 1, c),
        ("option",),
    ),
    "no_ceil_mode": (lambda h, k, s, p, d, c: windows(h, k, s, p, d, False), ("option",)),
    "a_window_behind_the_image": (
        lambda h, k, s, p, d, c: -((h + 2 * p - d * (k - 1) - 1) // -s) + 1 if c else windows(h, k, s, p, d, c),
        ("option",),
    ),
    "true_division": (lambda h, k, s, p, d, c: (h + 2 * p - d * (k - 1) - 1) / s + 1, ("dtype",)),
    "the_kernel_not_taken_off": (lambda h, k, s, p, d, c: (h + 2 * p - 1) // s + 1, ("formula",)),
    "same_as_the_input": (lambda h, k, s, p, d, c: h, ("formula",)),
}
for name, (formula, codes) in WRONG_SIZES.items():
    function = sizes(formula)
    function.__name__ = name
    wrong("conv_output_size", *codes)(function)


@wrong("conv_output_size", "transpose")
def columns_before_rows(size, kernel_size, **options):
    return sizes(windows)(size, kernel_size, **options)[::-1]


@wrong("conv_output_size", "geometry", "transpose", "shape")
def rows_alone(size, kernel_size, **options):
    return sizes(windows)(size, kernel_size, **options)[:1]


@wrong("conv_output_size", "geometry", "raises")
def no_pairs(size, kernel_size, *, stride=1, padding=0, dilation=1, ceil_mode=False):
    return [windows(n, kernel_size, stride, padding, dilation, ceil_mode) for n in size]


@wrong("conv_output_size", "geometry")
def rows_for_both(size, kernel_size, **options):
    rows = sizes(windows)(size, kernel_size, **options)[0]
    return rows, rows


@wrong("conv_output_size", "structure")
def in_words(size, kernel_size, **options):
    return "×".join(map(str, sizes(windows)(size, kernel_size, **options)))


def raises_where_nothing_fits(function):
    """Add what the docstring promises."""

    @functools.wraps(function)
    def size(*arguments, **options):
        found = function(*arguments, **options)
        if min(found) < 1:
            raise ValueError("not a single window fits")
        return found

    return size


right("conv_output_size")(raises_where_nothing_fits(sizes(windows)))


@wrong("conv_output_size", "structure")
def no_error_where_nothing_fits(size, kernel_size, **options):
    return sizes(windows)(size, kernel_size, **options)


@wrong("conv_output_size", "raises")
def an_assertion_where_nothing_fits(size, kernel_size, **options):
    found = sizes(windows)(size, kernel_size, **options)
    assert min(found) > 0
    return found


@right("conv_output_size")
@raises_where_nothing_fits
def by_counting(size, kernel_size, *, stride=1, padding=0, dilation=1, ceil_mode=False):
    counts = []
    for h, k, s, p, d in pairs(size, kernel_size, stride, padding, dilation):
        starts = range(-p, h, s) if ceil_mode else range(-p, h + p - d * (k - 1), s)
        reached = [a for a in starts if a + d * (k - 1) < h + p]
        more = reached and len(starts) > len(reached) and reached[-1] + d * (k - 1) < h + p - 1
        counts.append(len(reached) + (1 if ceil_mode and more else 0))
    return np.array(counts)


@right("conv_output_size")
@raises_where_nothing_fits
def in_floating_point(size, kernel_size, *, stride=1, padding=0, dilation=1, ceil_mode=False):
    found = []
    for h, k, s, p, d in pairs(size, kernel_size, stride, padding, dilation):
        exact = (h + 2 * p - d * (k - 1) - 1) / s + 1
        n = math.ceil(exact) if ceil_mode else math.floor(exact)
        found.append(n - 1 if ceil_mode and (n - 1) * s >= h + p else n)
    return found


# count_parameters.


def area(options):
    k = options["kernel_size"]
    return prod(k) if isinstance(k, tuple) else k * k


def counts(conv, linear):
    """count_parameters with a formula for each of the two kinds, of the options."""

    def count_parameters(layers):
        formulas = {"conv": conv, "linear": linear}
        return sum(formulas[kind](options) for kind, options in layers if kind in formulas)

    return count_parameters


def conv(o):
    return o["out_channels"] * (o["in_channels"] // o.get("groups", 1) * area(o) + o.get("bias", True))


def linear(o):
    return o["out_features"] * (o["in_features"] + o.get("bias", True))


WRONG_COUNTS = {
    "no_biases": (
        lambda o: o["out_channels"] * (o["in_channels"] // o.get("groups", 1)) * area(o),
        lambda o: o["out_features"] * o["in_features"],
        ("formula",),
    ),
    "one_kernel_a_filter": (lambda o: o["out_channels"] * (area(o) + o.get("bias", True)), linear, ("channel",)),
    "a_bias_a_channel": (
        lambda o: o["out_channels"] * o["in_channels"] * (area(o) // o.get("groups", 1) + 1),
        linear,
        ("formula", None),
    ),
    "no_groups": (lambda o: conv({**o, "groups": 1}), linear, ("option",)),
    "always_a_bias": (lambda o: conv({**o, "bias": True}), lambda o: linear({**o, "bias": True}), ("option",)),
    "no_linear_layers": (conv, lambda o: 0, ("formula",)),
    "one_bias_a_layer": (
        lambda o: conv({**o, "bias": False}) + 1,
        lambda o: linear({**o, "bias": False}) + 1,
        ("formula",),
    ),
    "bias_of_the_inputs": (conv, lambda o: o["in_features"] * (o["out_features"] + 1), (None, "formula")),
    "the_kernels_side": (
        lambda o: o["out_channels"] * (o["in_channels"] * round(area(o) ** 0.5) + 1),
        linear,
        (None, "formula"),
    ),
}
for name, (of_conv, of_linear, codes) in WRONG_COUNTS.items():
    function = counts(of_conv, of_linear)
    function.__name__ = name
    wrong("count_parameters", *codes)(function)


@wrong("count_parameters", "raises", "geometry")
def no_kernel_pairs(layers):
    total = 0
    for kind, o in layers:
        if kind == "conv":
            reads = o["in_channels"] // o.get("groups", 1) * o["kernel_size"] * o["kernel_size"]
            total += o["out_channels"] * (reads + o.get("bias", True))
        elif kind == "linear":
            total += linear(o)
    return total


@wrong("count_parameters", "mutation", "raises")
def takes_the_layers_apart(layers):
    total = 0
    while layers:
        kind, options = layers.pop()
        total += counts(conv, linear)([(kind, options)])
    return total


@wrong("count_parameters", "structure")
def layer_by_layer(layers):
    return [counts(conv, linear)([layer]) for layer in layers]


right("count_parameters")(counts(conv, linear))


@right("count_parameters")
def by_their_shapes(layers):
    total = 0
    for kind, o in layers:
        if kind == "conv":
            k = o["kernel_size"]
            shape = (
                o["out_channels"],
                o["in_channels"] // o.get("groups", 1),
                *(k if isinstance(k, tuple) else (k, k)),
            )
        elif kind == "linear":
            shape = (o["out_features"], o["in_features"])
        else:
            continue
        total += np.prod(shape) + (shape[0] if o.get("bias", True) else 0)
    return total


# receptive_field.


def numbers(kind, o):
    k = o["kernel_size"]
    return k, o.get("stride", 1 if kind == "conv" else k), o.get("padding", 0), o.get("dilation", 1)


def fields(step):
    """receptive_field with a rule: (size, jump, start, k, s, p, d) -> the three behind the layer."""

    def receptive_field(layers):
        seen = (1, 1, 0)
        for kind, o in layers:
            if kind != "relu":
                seen = step(*seen, *numbers(kind, o))
        return seen

    return receptive_field


def rule(size, jump, start, k, s, p, d):
    return size + d * (k - 1) * jump, jump * s, start - p * jump


WRONG_FIELDS = {
    "no_jump": (lambda z, j, a, k, s, p, d: (z + d * (k - 1), j * s, a - p * j), ("formula",)),
    "windows_multiplied": (lambda z, j, a, k, s, p, d: (z * (d * (k - 1) + 1), j * s, a - p * j), ("formula",)),
    "own_stride_first": (lambda z, j, a, k, s, p, d: (z + d * (k - 1) * j * s, j * s, a - p * j), ("formula",)),
    "k_for_k_minus_1": (lambda z, j, a, k, s, p, d: (z + d * k * j, j * s, a - p * j), ("formula",)),
    "no_dilation_of_the_field": (lambda z, j, a, k, s, p, d: (z + (k - 1) * j, j * s, a - p * j), ("option",)),
    "strides_added": (lambda z, j, a, k, s, p, d: (z + d * (k - 1) * j, j + s - 1, a - p * j), ("formula",)),
    "the_last_stride": (lambda z, j, a, k, s, p, d: (z + d * (k - 1) * j, s, a - p * j), ("formula",)),
    "padding_without_jump": (lambda z, j, a, k, s, p, d: (z + d * (k - 1) * j, j * s, a - p), ("formula",)),
    "padding_the_other_way": (lambda z, j, a, k, s, p, d: (z + d * (k - 1) * j, j * s, a + p * j), ("sign",)),
    "no_start": (lambda z, j, a, k, s, p, d: (z + d * (k - 1) * j, j * s, 0), ("formula",)),
    "jump_before_start": (lambda z, j, a, k, s, p, d: (z + d * (k - 1) * j, j * s, a - p * j * s), ("formula",)),
}
for name, (step, codes) in WRONG_FIELDS.items():
    function = fields(step)
    function.__name__ = name
    wrong("receptive_field", *(codes or (None, "formula", "option")))(function)


@wrong("receptive_field", "formula")
def from_the_last_layer(layers):
    return fields(rule)(layers[::-1])


@wrong("receptive_field", "option")
def pools_move_by_one(layers):
    return fields(rule)([(kind, {"stride": 1, **o}) for kind, o in layers])


@wrong("receptive_field", "raises")
def a_relu_has_no_kernel(layers):
    size, jump, start = 1, 1, 0
    for kind, o in layers:
        size, jump, start = rule(size, jump, start, *numbers(kind, o))
    return size, jump, start


@wrong("receptive_field", "structure")
def the_size_alone(layers):
    return fields(rule)(layers)[0]


right("receptive_field")(fields(rule))


@right("receptive_field")
def from_the_top_down(layers):
    ends = []
    for cell in (0, 1):
        low = high = cell
        for kind, o in reversed(layers):
            if kind != "relu":
                k, s, p, d = numbers(kind, o)
                low, high = low * s - p, high * s - p + d * (k - 1)
        ends.append((low, high))
    return ends[0][1] - ends[0][0] + 1, ends[1][0] - ends[0][0], ends[0][0]
