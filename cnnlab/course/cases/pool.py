"""The cases of pooling."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from cnnlab.course.cases.conv import two
from cnnlab.course.cases.planning import Spec
from cnnlab.gradcheck.case import integers
from cnnlab.gradcheck.problem import Property

#: What can be said of the cases that fail, the likelier first.
PROPERTIES = (
    Property("padding", "option", "padding"),
    Property("padding that does not count", "option", "count_include_pad"),
    Property("ceil_mode", "option", "ceil_mode"),
    Property("dilation above 1", "option", "dilation"),
    Property("a stride that is not the kernel's size", "option", "stride"),
    Property("different values for rows and columns", "option", "pairs"),
    Property("different padding for rows and columns", "option", "padding of pairs"),
    Property("different strides for rows and columns", "option", "stride of pairs"),
    Property("overlapping windows", "accumulate", "overlap"),
    Property("nothing above 0", "mask", "x below 0"),
    Property("cells that no window reaches", "geometry", "cells that no window reaches"),
    Property("an image that is not square", "geometry", "non-square image"),
    Property("a kernel that is not square", "geometry", "non-square kernel"),
    Property("more than one image", "reduction", "batch"),
    Property("more than one channel", "channel", "channels"),
)


def apart(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Whole numbers above and below 0, no two equal: no window is tied, and no difference sees a kink."""
    return (rng.permutation(prod(shape)) - prod(shape) // 2).reshape(shape).astype(np.float64)


def below_zero(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """The same, all below 0."""
    return apart(rng, shape) - prod(shape)


def tied(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """0, 1 and 2, so that most windows are tied."""
    return rng.integers(0, 3, shape).astype(np.float64)


def rectified(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """What a relu leaves: half of it is 0, and many windows are tied at 0."""
    return np.maximum(integers(rng, shape), 0)


def constant(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """One number everywhere: every window is tied in all its cells."""
    return np.full(shape, 3.0)


def images(
    image: tuple[int, int] = (4, 4), kernel: Any = 2, *, n: int = 2, channels: int = 2, draw=apart, **options: Any
) -> Spec:
    """Images of this size under windows of this size; the properties follow from both."""
    (h, w), k, d = image, two(kernel), two(options.get("dilation", 1))
    s = two(options["stride"]) if options.get("stride") is not None else k
    p = two(options.get("padding", 0))
    reach = [b * (a - 1) + 1 for a, b in zip(k, d, strict=True)]
    rest = [(size + 2 * q - r) % t for size, q, r, t in zip((h, w), p, reach, s, strict=True)]
    has = {
        "padding": max(p) > 0,
        "padding that does not count": not options.get("count_include_pad", True),
        "ceil_mode": bool(options.get("ceil_mode")),
        "dilation above 1": max(d) > 1,
        "a stride that is not the kernel's size": s != k,
        "different values for rows and columns": any(a != b for a, b in (s, p, d)),
        "different padding for rows and columns": p[0] != p[1],
        "different strides for rows and columns": s[0] != s[1]
        and any(size + 2 * q - r >= t for size, q, r, t in zip((h, w), p, reach, s, strict=True)),
        "overlapping windows": any(
            t < r and size + 2 * q > r for size, q, r, t in zip((h, w), p, reach, s, strict=True)
        ),
        "nothing above 0": draw is below_zero,
        "cells that no window reaches": any(rest) or any(t > a for a, t in zip(k, s, strict=True)),
        "an image that is not square": h != w,
        "a kernel that is not square": k[0] != k[1],
        "more than one image": n > 1,
        "more than one channel": channels > 1,
    }
    labels = frozenset(label for label, true in has.items() if true)
    return Spec({"x": (n, channels, h, w)}, {"kernel_size": kernel, **options}, draws={"x": draw}, has=labels)


#: What this chapter derives, for both kinds of pooling.
CORE: dict[str, Spec] = {
    "one window": images((2, 2), n=1, channels=1),
    "one image": images(n=1),
    "one channel": images(channels=1),
    "wide image": images((4, 8)),
    "tall image": images((6, 2)),
    "wide kernel": images((4, 6), (2, 3)),
    "tall kernel": images((6, 4), (3, 2)),
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
    "nothing above 0": images(draw=below_zero),
    "padding 1, nothing above 0": images((4, 4), 2, padding=1, draw=below_zero),
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

OF_MAX: dict[str, Spec] = {
    "dilation 2": images((6, 6), 2, stride=2, dilation=2),
    "dilation (1, 2)": images((5, 6), 2, stride=1, dilation=(1, 2)),
    "dilation (2, 1)": images((6, 5), 2, stride=1, dilation=(2, 1)),
    "dilation 2, padding 1, ceil_mode": images((7, 7), 3, stride=2, padding=1, dilation=2, ceil_mode=True),
    "ties": images((6, 6), draw=tied),
    "ties in overlapping windows": images((6, 6), 3, stride=1, draw=tied),
    "ties at 0, after a relu": images((6, 6), draw=rectified),
    "all cells equal": images(draw=constant),
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

ADAPTIVE_PROPERTIES = (
    Property("windows that share cells", "accumulate", "overlap"),
    Property("windows of different sizes", "geometry", "sizes that do not divide"),
    Property("more windows than cells", "geometry", "more windows than cells"),
    Property("different numbers of rows and columns", "option", "pairs"),
    Property("an image that is not square", "geometry", "non-square image"),
    Property("more than one image", "reduction", "batch"),
    Property("more than one channel", "channel", "channels"),
)


def adaptive(image: tuple[int, int], output_size: Any, *, n: int = 2, channels: int = 2) -> Spec:
    """Images of this size, shared out to so many windows."""
    sizes = output_size if isinstance(output_size, tuple) else (output_size, output_size)
    oh, ow = (own if size is None else size for own, size in zip(image, sizes, strict=True))
    has = {
        "windows that share cells": any(size % o for size, o in zip(image, (oh, ow), strict=True)),
        "windows of different sizes": any(_uneven(size, o) for size, o in zip(image, (oh, ow), strict=True)),
        "more windows than cells": oh > image[0] or ow > image[1],
        "different numbers of rows and columns": oh != ow,
        "an image that is not square": image[0] != image[1],
        "more than one image": n > 1,
        "more than one channel": channels > 1,
    }
    labels = frozenset(label for label, true in has.items() if true)
    return Spec({"x": (n, channels, *image)}, {"output_size": output_size}, has=labels)


def _uneven(size: int, windows: int) -> bool:
    """Whether the windows along an axis have different sizes."""
    return len({-(-(i + 1) * size // windows) - i * size // windows for i in range(windows)}) > 1


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
