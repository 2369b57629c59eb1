"""Name the axes of a user's arrays, as far as their sizes show what lies along them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

CHANNELS_FIRST = ("image", "channel", "row", "column")
CHANNELS_LAST = ("image", "row", "column", "channel")


def name_axes_by_sizes(
    inputs: Mapping[str, Any], wrt: Sequence[str], y_shape: tuple[int, ...]
) -> dict[str, tuple[str, ...]]:
    """Return a word for each axis of dy and of every input to differentiate by.

    Nothing says what an axis means but sizes: samples lie along axis 0 where y has as many as the first input, and
    channels come first or last as it fits the other arrays. What the sizes leave open is called by its number.
    """
    shapes = {name: np.shape(inputs[name]) for name in wrt if isinstance(inputs[name], np.ndarray)}
    main = shapes.get(wrt[0], ())
    samples = len(main) > 1 and len(y_shape) > 0 and main[0] == y_shape[0]
    images = _find_layout(main, y_shape, [np.shape(v) for v in inputs.values() if isinstance(v, np.ndarray)])
    named = {}
    for name, shape in {**shapes, "dy": y_shape}.items():
        of_data = name in (wrt[0], "dy")
        if len(shape) == 4 and of_data and samples and images:
            named[name] = images
        elif of_data and samples and len(shape) == 2:
            named[name] = ("sample", "column")
        elif len(shape) == 2:
            named[name] = ("row", "column")
        else:
            numbered = tuple(f"index along axis {axis}" for axis in range(len(shape)))
            named[name] = ("sample", *numbered[1:]) if of_data and samples else numbered
    return named


def _find_layout(x: tuple[int, ...], y: tuple[int, ...], others: Sequence[tuple[int, ...]]) -> tuple[str, ...] | None:
    """Return the axes of images x and y, or None where sizes fit both layouts, or none."""
    if len(x) != 4 or len(y) != 4:
        return None
    kernels = [shape for shape in others if len(shape) == 4 and shape != x]
    vectors = [shape[0] for shape in others if len(shape) == 1]
    tests = (
        (any({k[0], k[1]} == {x[1], y[1]} for k in kernels), any({k[2], k[3]} == {x[3], y[3]} for k in kernels)),
        (x[1] == y[1] and x[2:] != y[2:], x[3] == y[3] and x[1:3] != y[1:3]),
        (x[1] == y[1] in vectors, x[3] == y[3] in vectors),
        (y[1] in vectors, y[3] in vectors),
    )
    for first, last in tests:
        if first != last:
            return CHANNELS_FIRST if first else CHANNELS_LAST
    return None
