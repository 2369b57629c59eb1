"""The cases of conv2d.

They differ from one base in as few sizes and options as possible, so that what fails can be named.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod

from cnnlab.course.cases.planning import FLOAT32, LAYOUT, labels_of
from cnnlab.gradcheck.case import (
    CORE,
    GENERAL,
    ROUNDED,
    TRANSFORMED,
    Case,
    Stage,
    generator,
    integers,
    integers_with_zeros,
    normals,
)
from cnnlab.gradcheck.problem import Property
from cnnlab.gradcheck.runner.snapshot import Layout

Size = int | tuple[int, int]


@dataclass(frozen=True)
class Shape:
    """The sizes and options of one case; the defaults are the base case. defaults: call it with no option at all."""

    images: int = 2
    channels: int = 2
    filters: int = 3
    image: tuple[int, int] = (6, 6)
    kernel: tuple[int, int] = (3, 3)
    bias: bool = True
    stride: Size = 1
    padding: Size = 0
    dilation: Size = 1
    groups: int = 1
    numbers: str = "integers"
    dtype: str = "float64"
    layout: Layout = "plain"
    defaults: bool = False

    @property
    def options(self) -> dict:
        if self.defaults:
            return {}
        return {"stride": self.stride, "padding": self.padding, "dilation": self.dilation, "groups": self.groups}


CORE_CASES: dict[str, Shape] = {
    "3×3 kernel on 6×6": Shape(),
    "2×2 kernel on 3×3, one of everything": Shape(1, 1, 1, (3, 3), (2, 2)),
    "every option left out": Shape(defaults=True),
    "one image": Shape(images=1),
    "five images": Shape(images=5),
    "one channel": Shape(channels=1),
    "one filter": Shape(filters=1),
    "as many filters as channels": Shape(channels=3),
    "no bias": Shape(bias=False),
    "1×1 kernel": Shape(kernel=(1, 1)),
    "kernel as large as the image": Shape(image=(3, 3)),
    "5×5 kernel, six filters": Shape(channels=1, filters=6, image=(9, 9), kernel=(5, 5)),
    "wide image": Shape(image=(5, 8)),
    "tall image": Shape(image=(8, 5)),
    "wide kernel": Shape(kernel=(2, 4)),
    "tall kernel": Shape(kernel=(4, 2)),
    "stride 2": Shape(image=(7, 7), stride=2),
    "stride 2 with a remainder": Shape(image=(8, 8), stride=2),
    "stride 3, windows side by side": Shape(image=(9, 9), stride=3),
    "stride 3 with gaps": Shape(image=(8, 8), kernel=(2, 2), stride=3),
    "padding 1": Shape(image=(5, 5), padding=1),
    "padding 2": Shape(image=(4, 4), padding=2),
    "stride 2 and padding 1": Shape(image=(7, 7), stride=2, padding=1),
    "stride 2, padding 1, remainder, nothing square": Shape(3, 3, 2, (6, 9), (3, 2), stride=2, padding=1),
}

GENERAL_CASES: dict[str, Shape] = {
    "stride (2, 1)": Shape(image=(7, 7), stride=(2, 1)),
    "stride (1, 3)": Shape(image=(7, 7), stride=(1, 3)),
    "padding (2, 0)": Shape(padding=(2, 0)),
    "padding (0, 1)": Shape(padding=(0, 1)),
    "padding as wide as the kernel": Shape(image=(4, 4), padding=3),
    "more padding than image": Shape(image=(2, 2), padding=3),
    "dilation 2": Shape(image=(7, 7), dilation=2),
    "dilation (1, 2)": Shape(image=(7, 7), dilation=(1, 2)),
    "2 groups": Shape(channels=4, filters=6, groups=2),
    "a filter for each channel": Shape(channels=3, filters=3, groups=3),
    "two filters for each channel": Shape(channels=2, filters=4, groups=2),
    "stride (1, 2)": Shape(stride=(1, 2)),
    "dilation (2, 1)": Shape(image=(7, 7), dilation=(2, 1)),
    "2 groups and stride 2": Shape(channels=4, filters=4, image=(7, 7), stride=2, groups=2),
    "2 groups and padding 1": Shape(channels=4, filters=2, padding=1, groups=2),
    "some numbers zero": Shape(numbers="zeros"),
    "a bias of zeros": Shape(numbers="zero bias"),
    "stride 2 and dilation 2": Shape(image=(8, 8), stride=2, dilation=2),
    "everything at once": Shape(2, 4, 6, (9, 8), (3, 2), stride=(2, 1), padding=(1, 2), dilation=(2, 3), groups=2),
    "numbers with fractions": Shape(image=(7, 7), stride=2, padding=1, numbers="fractions"),
    "large numbers": Shape(numbers="large"),
    "tiny numbers": Shape(numbers="tiny"),
    "float32": Shape(image=(7, 7), stride=2, padding=1, dtype="float32"),
    "arrays with gaps in memory": Shape(layout="strided"),
    "arrays in column order": Shape(layout="fortran"),
    "read-only arrays": Shape(layout="read-only"),
}


def plan(seed: int) -> tuple[Case, ...]:
    """Return the cases of conv2d, core before general; every number from the seed."""
    staged: tuple[tuple[Stage, dict[str, Shape]], ...] = ((CORE, CORE_CASES), (GENERAL, GENERAL_CASES))
    return tuple(build(name, stage, shape, seed) for stage, table in staged for name, shape in table.items())


def build(name: str, stage: Stage, shape: Shape, seed: int) -> Case:
    """Return one case: arrays of the shape's sizes, and a random upstream gradient of y's."""
    rng = generator(seed, name)
    draw = {"fractions": normals, "zeros": integers_with_zeros}.get(shape.numbers, integers)
    # powers of two keep integers exact in float32 too
    scale = {"large": 2.0**40, "tiny": 2.0**-40}.get(shape.numbers, 1.0)
    arrays = {
        "x": scale * draw(rng, (shape.images, shape.channels, *shape.image)),
        "w": draw(rng, (shape.filters, shape.channels // shape.groups, *shape.kernel)),
        "b": scale * draw(rng, (shape.filters,)) * (shape.numbers != "zero bias") if shape.bias else None,
    }
    inputs = {k: a if a is None else a.astype(shape.dtype) for k, a in arrays.items()}
    dy = scale * draw(rng, (shape.images, shape.filters, *output_size(shape)))
    has = labels_of(shape, PROPERTIES)
    return Case(
        name,
        stage,
        inputs,
        shape.options,
        dy.astype(shape.dtype),
        varies=has ^ labels_of(Shape(), PROPERTIES),
        has=has,
        layout=shape.layout,
        tolerance=ROUNDED if shape.numbers == "fractions" else TRANSFORMED,
    )


def output_size(shape: Shape) -> tuple[int, int]:
    """Return (OH, OW) by the formula of chapter 8, step 1."""
    sizes = zip(shape.image, shape.kernel, *map(two, (shape.stride, shape.padding, shape.dilation)), strict=True)
    rows, columns = ((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in sizes)
    return rows, columns


def two(size: Size) -> tuple[int, int]:
    """Return an int or a pair, as a pair."""
    return (size, size) if isinstance(size, int) else size


def _differ(name: str) -> Callable[[Shape], bool]:
    """Return a condition: whether rows and columns have different values of a size."""

    def holds(shape: Shape) -> bool:
        rows, columns = two(getattr(shape, name))
        return rows != columns

    return holds


def measure_reach(shape: Shape) -> tuple[int, int]:
    """Return how many rows and columns a window reaches over, from its first cell to its last."""
    rows, columns = (d * (k - 1) + 1 for k, d in zip(shape.kernel, two(shape.dilation), strict=True))
    return rows, columns


def _windows_overlap(shape: Shape) -> bool:
    sizes = zip(output_size(shape), two(shape.stride), measure_reach(shape), strict=True)
    return any(o > 1 and s < r for o, s, r in sizes)


def _cells_are_missed(shape: Shape) -> bool:
    stride, padding = two(shape.stride), two(shape.padding)
    sizes = zip(output_size(shape), stride, measure_reach(shape), shape.image, padding, shape.kernel, strict=True)
    return not all((o - 1) * s + r == n + 2 * p and s <= k for o, s, r, n, p, k in sizes)


#: What can be said of the cases that fail, the likelier first.
PROPERTIES = (
    Property("padding", "option", "padding", lambda shape: max(two(shape.padding)) > 0),
    Property("stride above 1", "option", "stride", lambda shape: max(two(shape.stride)) > 1),
    Property("dilation above 1", "option", "dilation", lambda shape: max(two(shape.dilation)) > 1),
    Property("groups above 1", "option", "groups", lambda shape: shape.groups > 1),
    Property(
        "different values for rows and columns",
        "option",
        "pairs",
        lambda shape: any(_differ(name)(shape) for name in ("stride", "padding", "dilation")),
    ),
    Property("different padding for rows and columns", "option", "padding of pairs", _differ("padding")),
    Property("different strides for rows and columns", "option", "stride of pairs", _differ("stride")),
    Property("different dilation for rows and columns", "option", "dilation of pairs", _differ("dilation")),
    Property("no bias", "option", "bias None", lambda shape: not shape.bias),
    Property("overlapping windows", "accumulate", "overlap", _windows_overlap),
    Property("cells that no window reaches", "geometry", "cells that no window reaches", _cells_are_missed),
    Property("an image that is not square", "geometry", "non-square image", _differ("image")),
    Property("a kernel that is not square", "geometry", "non-square kernel", _differ("kernel")),
    Property("more than one image", "reduction", "batch", lambda shape: shape.images > 1),
    Property("more than one channel", "channel", "channels", lambda shape: shape.channels > 1),
    Property("more than one filter", "channel", "filters", lambda shape: shape.filters > 1),
    Property("a kernel larger than 1×1", "geometry", "kernel larger than 1×1", lambda shape: prod(shape.kernel) > 1),
    FLOAT32,
    LAYOUT,
)


def leave_out(*labels: str) -> tuple[Property, ...]:
    """Return the properties of convolutions but for those with these labels."""
    return tuple(p for p in PROPERTIES if p.label not in labels)
