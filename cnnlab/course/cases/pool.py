"""The cases of pooling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import prod
from typing import Any, NamedTuple

import numpy as np

from cnnlab.course.cases.conv import two
from cnnlab.course.cases.planning import Spec
from cnnlab.gradcheck.case import integers
from cnnlab.gradcheck.problem import Property


def draw_distinct(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw distinct whole numbers above and below 0, so that no window has a tie and no difference crosses a kink."""
    return (rng.permutation(prod(shape)) - prod(shape) // 2).reshape(shape).astype(np.float64)


def draw_below_zero(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Return the same, all below 0."""
    return draw_distinct(rng, shape) - prod(shape)


def draw_ties(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw from 0, 1 and 2, so that most windows have a tie."""
    return rng.integers(0, 3, shape).astype(np.float64)


def draw_near_ties(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Return distinct numbers that differ by less than a millionth: no tie, whatever np.isclose says."""
    return 1.0 + 2.0**-20 * draw_distinct(rng, shape)


def draw_rectified(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Return what a relu leaves: half of it is 0, and many windows are tied at 0."""
    return np.maximum(integers(rng, shape), 0)


def constant(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Return one number everywhere: every window is tied in all its cells."""
    return np.full(shape, 3.0)


class Axis(NamedTuple):
    """One axis of a case, from its specification. All sizes are in cells."""

    size: int
    kernel: int
    stride: int
    padding: int
    dilation: int

    @property
    def reach(self) -> int:
        """Return the size of a window from its first cell to its last."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def spare(self) -> int:
        """Return how many cells the first window leaves, with the padding."""
        return self.size + 2 * self.padding - self.reach


def read_axes(spec: Spec) -> tuple[Axis, Axis]:
    """Return rows and columns of a case, with the defaults of the options that it leaves out."""
    x, kernel = spec.shapes["x"], two(spec.options["kernel_size"])
    assert x is not None
    stride = kernel if spec.options.get("stride") is None else two(spec.options["stride"])
    padding, dilation = two(spec.options.get("padding", 0)), two(spec.options.get("dilation", 1))
    rows, columns = map(Axis, x[2:], kernel, stride, padding, dilation)
    return rows, columns


def _differ(*names: str) -> Callable[[Spec], bool]:
    """Return a condition: whether rows and columns have different values of one of the sizes."""

    def holds(spec: Spec) -> bool:
        rows, columns = read_axes(spec)
        return any(getattr(rows, name) != getattr(columns, name) for name in names)

    return holds


def _hold_for_an_axis(condition: Callable[[Axis], bool]) -> Callable[[Spec], bool]:
    """Return a condition: whether a condition holds for rows or for columns."""
    return lambda spec: any(map(condition, read_axes(spec)))


def _strides_show(spec: Spec) -> bool:
    """Return whether rows and columns have different strides, and there is more than one window."""
    return _differ("stride")(spec) and any(axis.spare >= axis.stride for axis in read_axes(spec))


#: What can be said of the cases that fail, the likelier first.
PADDING = Property("padding", "option", "padding", _hold_for_an_axis(lambda axis: axis.padding > 0))
UNCOUNTED_PADDING = Property(
    "padding that does not count",
    "option",
    "count_include_pad",
    lambda spec: not spec.options.get("count_include_pad", True),
)
CEIL_MODE = Property("ceil_mode", "option", "ceil_mode", lambda spec: bool(spec.options.get("ceil_mode")))
DILATION = Property("dilation above 1", "option", "dilation", _hold_for_an_axis(lambda axis: axis.dilation > 1))
REST = (
    Property(
        "a stride that is not the kernel's size",
        "option",
        "stride",
        _hold_for_an_axis(lambda axis: axis.stride != axis.kernel),
    ),
    Property("different values for rows and columns", "option", "pairs", _differ("stride", "padding", "dilation")),
    Property("different padding for rows and columns", "option", "padding of pairs", _differ("padding")),
    Property("different strides for rows and columns", "option", "stride of pairs", _strides_show),
    Property(
        "overlapping windows",
        "accumulate",
        "overlap",
        _hold_for_an_axis(lambda axis: axis.stride < axis.reach and axis.spare > 0),
    ),
    Property("nothing above 0", "mask", "x below 0", lambda spec: spec.draws.get("x") is draw_below_zero),
    Property(
        "cells that no window reaches",
        "geometry",
        "cells that no window reaches",
        _hold_for_an_axis(lambda axis: axis.spare % axis.stride > 0 or axis.stride > axis.kernel),
    ),
    Property("an image that is not square", "geometry", "non-square image", _differ("size")),
    Property("a kernel that is not square", "geometry", "non-square kernel", _differ("kernel")),
    Property("more than one image", "reduction", "batch", lambda spec: spec.shapes["x"][0] > 1),
    Property("more than one channel", "channel", "channels", lambda spec: spec.shapes["x"][1] > 1),
)


def _meet_no_cell(spec: Spec) -> bool:
    """Return whether every window begins in the padding and steps over the image: dx is 0 then, whatever is wrong."""
    return any(axis.padding > 0 and axis.dilation > axis.size for axis in read_axes(spec))


def _unless_no_cell_is_met(one: Property) -> Property:
    return replace(one, holds=lambda spec: one.holds(spec) and not _meet_no_cell(spec))


MAX_PROPERTIES = (
    *map(_unless_no_cell_is_met, (PADDING, CEIL_MODE, DILATION, *REST)),
    Property("windows that meet no cell", "border", "windows without a cell", _meet_no_cell),
)
AVERAGE_PROPERTIES = (PADDING, UNCOUNTED_PADDING, CEIL_MODE, *REST)


def images(
    image: tuple[int, int] = (4, 4),
    kernel: Any = 2,
    *,
    n: int = 2,
    channels: int = 2,
    draw=draw_distinct,
    **options: Any,
) -> Spec:
    """Return the specification of images of this size under windows of this size."""
    return Spec({"x": (n, channels, *image)}, {"kernel_size": kernel, **options}, draws={"x": draw})


#: What this chapter derives, for both kinds of pooling.
CORE: dict[str, Spec] = {
    "one window": images((2, 2), n=1, channels=1),
    "one image": images(n=1),
    "one channel": images(channels=1),
    "wide image": images((4, 8)),
    "tall image": images((6, 2)),
    "wide kernel": images((4, 6), (2, 3)),
    "tall kernel": images((6, 4), (3, 2)),
    "wide kernel, stride 1": images((4, 5), (2, 3), stride=1),
    "tall kernel, stride 2": images((7, 6), (3, 2), stride=2),
    "1×1 kernel": images((3, 3), 1),
    "kernel as large as the image": images((3, 4), (3, 4)),
    "a remainder": images((5, 5)),
    "a remainder in the rows": images((5, 4)),
    "stride 2, said": images(stride=2),
    "3×3 kernel, stride 2: windows overlap": images((7, 7), 3, stride=2),
    "3×3 kernel, stride 1: windows overlap": images((5, 5), 3, stride=1),
    "2×2 kernel, stride 3: windows with gaps": images((8, 8), 2, stride=3),
    "padding 1": images((4, 4), 2, padding=1),
    "3×3 kernel, stride 2, padding 1": images((7, 6), 3, stride=2, padding=1),
    "nothing above 0": images(draw=draw_below_zero),
    "padding 1, nothing above 0": images((4, 4), 2, padding=1, draw=draw_below_zero),
}

#: The rest of what both can do.
GENERAL: dict[str, Spec] = {
    "stride (1, 2)": images((5, 6), 2, stride=(1, 2)),
    "stride (3, 1)": images((6, 5), (2, 2), stride=(3, 1)),
    "padding (1, 0)": images((4, 4), 2, padding=(1, 0)),
    "padding (0, 1)": images((4, 4), 2, padding=(0, 1)),
    "ceil_mode": images((5, 5), 2, ceil_mode=True),
    "ceil_mode, nothing left over": images((4, 4), 2, ceil_mode=True),
    "ceil_mode, stride 2, padding 1": images((6, 5), 3, stride=2, padding=1, ceil_mode=True),
    "ceil_mode, stride 2, padding 1, columns left over": images((5, 6), 3, stride=2, padding=1, ceil_mode=True),
    "ceil_mode, a window that would begin in the padding": images((3, 3), 2, stride=2, padding=1, ceil_mode=True),
    "ceil_mode, gaps": images((6, 6), 2, stride=3, ceil_mode=True),
}

#: Ties, which chapter 9 derives for the maximum.
TIES: dict[str, Spec] = {
    "ties": images((6, 6), draw=draw_ties),
    "ties in overlapping windows": images((6, 6), 3, stride=1, draw=draw_ties),
    "ties at 0, after a relu": images((6, 6), draw=draw_rectified),
    "all cells equal": images(draw=constant),
}

OF_MAX: dict[str, Spec] = {
    "windows that meet no cell of the image": images((1, 3), 2, stride=1, padding=1, dilation=2),
    "cells that are nearly tied": images(draw=draw_near_ties),
    "dilation 2": images((6, 6), 2, stride=2, dilation=2),
    "dilation (1, 2)": images((5, 6), 2, stride=1, dilation=(1, 2)),
    "dilation (2, 1)": images((6, 5), 2, stride=1, dilation=(2, 1)),
    "dilation 2, padding 1, ceil_mode": images((7, 7), 3, stride=2, padding=1, dilation=2, ceil_mode=True),
}

OF_AVERAGE: dict[str, Spec] = {
    "padding that does not count": images((4, 4), 2, padding=1, count_include_pad=False),
    "padding (1, 0) that does not count": images((5, 4), 3, stride=2, padding=(1, 0), count_include_pad=False),
    "padding (0, 1) that does not count": images((4, 5), 3, stride=2, padding=(0, 1), count_include_pad=False),
    "count_include_pad without padding": images(count_include_pad=False),
    "ceil_mode, padding that does not count": images(
        (6, 5), 3, stride=2, padding=1, ceil_mode=True, count_include_pad=False
    ),
}


def read_windows(spec: Spec) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the cells and the windows of rows, then of columns."""
    x, wanted = spec.shapes["x"], spec.options["output_size"]
    assert x is not None
    wanted = wanted if isinstance(wanted, tuple) else (wanted, wanted)
    rows, columns = ((size, size if windows is None else windows) for size, windows in zip(x[2:], wanted, strict=True))
    return rows, columns


def _have_different_sizes(size: int, windows: int) -> bool:
    """Return whether the windows along an axis have different sizes."""
    return len({-(-(i + 1) * size // windows) - i * size // windows for i in range(windows)}) > 1


ADAPTIVE_PROPERTIES = (
    Property(
        "windows that share cells",
        "accumulate",
        "overlap",
        lambda spec: any(size % windows for size, windows in read_windows(spec)),
    ),
    Property(
        "windows of different sizes",
        "geometry",
        "sizes that do not divide",
        lambda spec: any(_have_different_sizes(size, windows) for size, windows in read_windows(spec)),
    ),
    Property(
        "more windows than cells",
        "geometry",
        "more windows than cells",
        lambda spec: any(windows > size for size, windows in read_windows(spec)),
    ),
    Property(
        "different numbers of rows and columns",
        "option",
        "pairs",
        lambda spec: read_windows(spec)[0][1] != read_windows(spec)[1][1],
    ),
    Property(
        "an image that is not square",
        "geometry",
        "non-square image",
        lambda spec: spec.shapes["x"][2] != spec.shapes["x"][3],
    ),
    Property("more than one image", "reduction", "batch", lambda spec: spec.shapes["x"][0] > 1),
    Property("more than one channel", "channel", "channels", lambda spec: spec.shapes["x"][1] > 1),
)


def adaptive(image: tuple[int, int], output_size: Any, *, n: int = 2, channels: int = 2) -> Spec:
    """Return the specification of images of this size, divided into so many windows."""
    return Spec({"x": (n, channels, *image)}, {"output_size": output_size})


ADAPTIVE_CORE: dict[str, Spec] = {
    "one window": adaptive((4, 4), 1),
    "one image": adaptive((4, 4), 2, n=1),
    "one channel": adaptive((4, 4), 2, channels=1),
    "wide image": adaptive((4, 6), 2),
    "as many windows as cells": adaptive((3, 3), 3),
    "5×5 to 2×2: windows share cells": adaptive((5, 5), 2),
    "7×7 to 3×3": adaptive((7, 7), 3),
    "5×7 to 3×3": adaptive((5, 7), 3),
}

ADAPTIVE_GENERAL: dict[str, Spec] = {
    "4×6 to (2, 3)": adaptive((4, 6), (2, 3)),
    "5×4 to (3, 1)": adaptive((5, 4), (3, 1)),
    "the rows as they are": adaptive((3, 4), (None, 2)),
    "the columns as they are": adaptive((4, 3), (2, None)),
    "2×3 to 4×4: more windows than cells": adaptive((2, 3), 4),
    "3×3 to 5×5: more windows than cells": adaptive((3, 3), 5),
    "one cell": adaptive((1, 1), 2),
}
