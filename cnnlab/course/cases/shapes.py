"""The cases of chapter 1: sizes of windows, and networks as lists of layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnlab.course.cases.planning import labels_of
from cnnlab.gradcheck.case import CORE, GENERAL, Case, Stage, generator
from cnnlab.gradcheck.problem import Property

Pair = tuple[int, int]


@dataclass(frozen=True)
class Sliding:
    """A row of windows to be drawn. Pairs are (rows, columns).

    rest: how many cells are left over at the end.   few: whether there is one window only.   ceil_mode: None leaves it
    out.   written: whether options are handed over that have their default.
    """

    kernel: int | Pair = 3
    stride: int | Pair = 1
    padding: int | Pair = 0
    dilation: int | Pair = 1
    rest: Pair = (0, 0)
    few: bool = False
    ceil_mode: bool | None = None
    square: bool = False
    written: bool = False


STRIDE = Property("stride above 1", "option", "stride", lambda one: one.stride != 1)
PADDING = Property("padding", "option", "padding", lambda one: one.padding != 0)
DILATION = Property("dilation above 1", "option", "dilation", lambda one: one.dilation != 1)
CEIL = Property("ceil_mode", "option", "ceil_mode", lambda one: bool(one.ceil_mode))
REST = Property("a remainder", "geometry", "remainder", lambda one: any(one.rest) and not one.ceil_mode)
PAIRS = Property(
    "options that are pairs",
    "geometry",
    "pairs",
    lambda one: any(isinstance(n, tuple) for n in (one.kernel, one.stride, one.padding, one.dilation)),
)
WINDOWS = (STRIDE, PADDING, DILATION, CEIL, REST, PAIRS)

SIZES: dict[str, tuple[Stage, Sliding]] = {
    "a 3×3 kernel": (CORE, Sliding()),
    "a square image": (CORE, Sliding(square=True)),
    "a 5×5 kernel": (CORE, Sliding(kernel=5)),
    "a 1×1 kernel": (CORE, Sliding(kernel=1)),
    "a kernel as large as the image": (CORE, Sliding(kernel=4, few=True)),
    "padding 1": (CORE, Sliding(padding=1)),
    "padding 2": (CORE, Sliding(kernel=5, padding=2)),
    "stride 2, everything covered": (CORE, Sliding(stride=2)),
    "stride 2 with a remainder": (CORE, Sliding(stride=2, rest=(1, 1))),
    "stride 3 with two remainders": (CORE, Sliding(kernel=2, stride=3, rest=(1, 2))),
    "windows side by side": (CORE, Sliding(kernel=2, stride=2)),
    "stride and padding": (CORE, Sliding(kernel=4, stride=2, padding=1, rest=(1, 0))),
    "dilation 2": (GENERAL, Sliding(dilation=2)),
    "dilation 3 with stride and padding": (GENERAL, Sliding(stride=2, padding=2, dilation=3, rest=(0, 1))),
    "a 1×1 kernel with dilation": (GENERAL, Sliding(kernel=1, dilation=4)),
    "pairs": (GENERAL, Sliding(kernel=(2, 5), stride=(3, 1), padding=(0, 2), dilation=(2, 1), rest=(2, 0))),
    "a stride larger than the kernel": (GENERAL, Sliding(kernel=1, stride=4, rest=(3, 2))),
    "ceil_mode, everything covered": (GENERAL, Sliding(kernel=3, stride=2, ceil_mode=True)),
    "ceil_mode, stride 3, everything covered": (GENERAL, Sliding(kernel=4, stride=3, ceil_mode=True)),
    "ceil_mode with a remainder": (GENERAL, Sliding(kernel=3, stride=2, rest=(1, 1), ceil_mode=True)),
    "ceil_mode and padding": (GENERAL, Sliding(kernel=4, stride=3, padding=1, rest=(2, 1), ceil_mode=True)),
    "ceil_mode, where a window would begin behind the image": (
        GENERAL,
        Sliding(kernel=2, stride=3, padding=1, rest=(1, 1), ceil_mode=True),
    ),
    "ceil_mode, where a window would begin just behind the image": (
        GENERAL,
        Sliding(kernel=2, stride=3, padding=1, rest=(2, 2), ceil_mode=True),
    ),
    "every default written out": (GENERAL, Sliding(ceil_mode=False, written=True)),
    "ceil_mode off": (GENERAL, Sliding(kernel=3, stride=2, rest=(1, 1), ceil_mode=False)),
}


#: name: (rows and columns, kernel, options), with not a single window in the rows or in the columns.
NOTHING_FITS: dict[str, tuple[Pair, int | Pair, dict[str, Any]]] = {
    "a kernel larger than the image": ((4, 4), 5, {}),
    "no window fits into the rows": ((2, 9), 3, {"stride": 2}),
    "no window fits into the columns": ((9, 3), 6, {"padding": 1}),
    "a dilated kernel larger than the image": ((8, 8), 4, {"dilation": 3}),
}


def windows(seed: int) -> tuple[Case, ...]:
    """Return the cases of conv_output_size."""
    return (
        *(_window(name, stage, sliding, seed) for name, (stage, sliding) in SIZES.items()),
        *(
            Case(name, GENERAL, {"size": size, "kernel_size": kernel}, options)
            for name, (size, kernel, options) in NOTHING_FITS.items()
        ),
    )


def _window(name: str, stage: Stage, one: Sliding, seed: int) -> Case:
    rng = generator(seed, name)
    count = np.ones(2, int) if one.few else rng.permutation(np.arange(4, 30))[:2]
    if one.square:
        count[:] = count[0]
    numbers = (one.kernel, one.stride, one.padding, one.dilation)
    (kh, kw), (sh, sw), (ph, pw), (dh, dw) = (n if isinstance(n, tuple) else (n, n) for n in numbers)
    rows = sh * (count[0] - 1) + dh * (kh - 1) + 1 - 2 * ph + one.rest[0]
    columns = sw * (count[1] - 1) + dw * (kw - 1) + 1 - 2 * pw + one.rest[1]
    said = {"stride": (one.stride, 1), "padding": (one.padding, 0), "dilation": (one.dilation, 1)}
    options: dict[str, Any] = {
        option: value for option, (value, usual) in said.items() if one.written or value != usual
    }
    options |= {} if one.ceil_mode is None else {"ceil_mode": one.ceil_mode}
    inputs = {"size": (int(rows), int(columns)), "kernel_size": one.kernel}
    labels = labels_of(one, WINDOWS)
    return Case(name, stage, inputs, options, varies=labels, has=labels)


# Networks.

Layers = list[tuple[str, dict[str, Any]]]


def conv(channels: int, filters: int, kernel: int | Pair, **options: Any) -> tuple[str, dict[str, Any]]:
    return "conv", {"in_channels": channels, "out_channels": filters, "kernel_size": kernel, **options}


def linear(inputs: int, outputs: int, **options: Any) -> tuple[str, dict[str, Any]]:
    return "linear", {"in_features": inputs, "out_features": outputs, **options}


def pool(kernel: int, kind: str = "max_pool", **options: Any) -> tuple[str, dict[str, Any]]:
    return kind, {"kernel_size": kernel, **options}


RELU, FLATTEN = ("relu", {}), ("flatten", {})

#: The part of LeNet that slides, and the whole of it.
SLIDING: Layers = [conv(1, 6, 5), RELU, pool(2, stride=2), conv(6, 16, 5), RELU, pool(2, stride=2)]
LENET: Layers = [*SLIDING, FLATTEN, linear(400, 120), RELU, linear(120, 84), RELU, linear(84, 10)]

Draw = Callable[[Callable[[int, int], int]], Layers]

KERNEL_PAIR = Property("a kernel that is not square", "geometry", "kernel")
GROUPS = Property("groups", "option", "groups")
NO_BIAS = Property("no bias", "option", "bias")
SEVERAL = Property("more than one layer", "formula", "layers")
DEFAULT_STRIDE = Property("pooling whose stride is not said", "option", "stride of pooling")

#: name: (stage, what is special, draw). draw(n) with n(low, high), a whole number from low up to high.
COUNTED: dict[str, tuple[Stage, tuple[Property, ...], Draw]] = {
    "one linear layer": (CORE, (), lambda n: [linear(n(2, 50), n(51, 99))]),
    "one convolution": (CORE, (), lambda n: [conv(n(2, 9), n(10, 20), n(2, 5))]),
    "a convolution on one channel": (CORE, (), lambda n: [conv(1, n(2, 9), 5)]),
    "a 1×1 kernel": (CORE, (), lambda n: [conv(n(2, 9), n(10, 20), 1)]),
    "layers that learn nothing": (CORE, (), lambda n: [RELU, pool(n(2, 4)), FLATTEN]),
    "two convolutions": (CORE, (SEVERAL,), lambda n: [conv(3, k := n(4, 9), 3), RELU, conv(k, n(2, 9), 5)]),
    "stride and padding": (CORE, (), lambda n: [conv(n(2, 5), n(6, 9), 3, stride=2, padding=n(1, 2))]),
    "LeNet": (CORE, (SEVERAL,), lambda n: LENET),
    "no layer": (GENERAL, (), lambda n: []),
    "a kernel of two sizes": (GENERAL, (KERNEL_PAIR,), lambda n: [conv(n(2, 4), n(5, 8), (3, n(4, 7)))]),
    "groups": (GENERAL, (GROUPS,), lambda n: [conv(4 * n(1, 3), 4 * n(2, 5), 3, groups=4)]),
    "a filter for each channel": (GENERAL, (GROUPS,), lambda n: [conv(c := n(5, 9), c, 3, groups=c)]),
    "a convolution without bias": (GENERAL, (NO_BIAS,), lambda n: [conv(n(2, 5), n(6, 9), 3, bias=False)]),
    "a linear layer without bias": (GENERAL, (NO_BIAS,), lambda n: [linear(n(2, 50), n(2, 50), bias=False)]),
    "every default written out": (
        GENERAL,
        (),
        lambda n: [
            conv(2, k := n(3, 9), 3, stride=1, padding=0, dilation=1, groups=1, bias=True),
            pool(2, stride=2, padding=0),
            linear(k, n(2, 9), bias=True),
        ],
    ),
    "dilation": (GENERAL, (), lambda n: [conv(n(2, 5), n(6, 9), 3, dilation=n(2, 3))]),
}

SEEN: dict[str, tuple[Stage, tuple[Property, ...], Draw]] = {
    "one convolution": (CORE, (), lambda n: [conv(1, 1, n(3, 7))]),
    "two convolutions": (CORE, (SEVERAL,), lambda n: [conv(1, 1, n(3, 5)), conv(1, 1, n(3, 7))]),
    "one pooling layer": (CORE, (), lambda n: [pool(k := n(2, 4), stride=k)]),
    "a convolution and a ReLU": (CORE, (), lambda n: [conv(1, 1, n(3, 7)), RELU]),
    "a stride after a convolution": (
        CORE,
        (SEVERAL, STRIDE),
        lambda n: [conv(1, 1, n(3, 5)), conv(1, 1, n(3, 5), stride=2)],
    ),
    "a stride before a convolution": (
        CORE,
        (SEVERAL, STRIDE),
        lambda n: [conv(1, 1, n(3, 5), stride=n(2, 3)), conv(1, 1, n(3, 5))],
    ),
    "padding": (CORE, (PADDING,), lambda n: [conv(1, 1, n(5, 7), padding=n(1, 2))]),
    "padding after a stride": (
        CORE,
        (SEVERAL, STRIDE, PADDING),
        lambda n: [conv(1, 1, 4, stride=2, padding=1), conv(1, 1, n(3, 5), padding=n(1, 2))],
    ),
    "LeNet's convolutions and pools": (CORE, (SEVERAL, STRIDE), lambda n: SLIDING),
    "no layer": (GENERAL, (), lambda n: []),
    "dilation": (GENERAL, (DILATION,), lambda n: [conv(1, 1, n(3, 5), dilation=n(2, 4))]),
    "dilation after a stride": (
        GENERAL,
        (SEVERAL, STRIDE, DILATION),
        lambda n: [conv(1, 1, 3, stride=2), conv(1, 1, 3, dilation=n(2, 4), padding=2)],
    ),
    "pooling whose stride is not said": (
        GENERAL,
        (SEVERAL, STRIDE, DEFAULT_STRIDE),
        lambda n: [pool(n(2, 3)), pool(n(3, 4), "avg_pool")],
    ),
    "a convolution after such a pool": (
        GENERAL,
        (SEVERAL, STRIDE, DEFAULT_STRIDE),
        lambda n: [pool(n(2, 3)), conv(1, 1, n(3, 5))],
    ),
    "pooling with overlaps and padding": (
        GENERAL,
        (SEVERAL, STRIDE, PADDING),
        lambda n: [pool(3, stride=2, padding=1), conv(1, 1, n(3, 5))],
    ),
    "a stride larger than the kernel": (
        GENERAL,
        (SEVERAL, STRIDE),
        lambda n: [conv(1, 1, 1, stride=n(2, 4)), conv(1, 1, 3)],
    ),
    "every default written out": (
        GENERAL,
        (SEVERAL, STRIDE),
        lambda n: [
            conv(1, 1, n(3, 5), stride=1, padding=0, dilation=1, groups=1, bias=True),
            pool(k := n(2, 3), stride=k, padding=0),
        ],
    ),
    "ten layers": (GENERAL, (SEVERAL, PADDING), lambda n: [conv(1, 1, n(2, 4), padding=1) for _ in range(10)]),
}


def networks(table: Mapping[str, tuple[Stage, tuple[Property, ...], Draw]]) -> Callable[[int], tuple[Case, ...]]:
    """Return a function seed -> the cases of a table of networks."""

    def plan(seed: int) -> tuple[Case, ...]:
        found = []
        for name, (stage, special, draw) in table.items():
            rng = generator(seed, name)
            layers = draw(lambda low, high, rng=rng: int(rng.integers(low, high + 1)))
            has = frozenset(p.label for p in special)
            found.append(Case(name, stage, {"layers": layers}, varies=has, has=has))
        return tuple(found)

    return plan
