"""Smaller cases of col2im, whose columns belong to its options, to show the smallest one that fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np

from cnnlab.course.cases.conv import two
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.shrinking.small_numbers import draw_small

#: The plainest options, and the largest image that is tried.
USUAL = {"stride": 1, "padding": 0, "dilation": 1}
MAX_SIDE = 5


def propose_smaller_columns(case: Case) -> Iterator[Case]:
    """Yield the case with a 2×2 kernel on smaller images: first one image and one channel, and options left usual."""
    images, rows, _ = case.inputs["cols"].shape
    channels = rows // int(np.prod(two(case.options["kernel_size"])))
    values = [_list_values(name, case) for name in USUAL]
    for counts in dict.fromkeys(((1, 1), (1, min(channels, 2)), (min(images, 2), 1))):
        for options in product(*values):
            for side in range(2, min(MAX_SIDE, max(two(case.options["output_size"]))) + 1):
                changed = {**case.options, **dict(zip(USUAL, options, strict=True)), "output_size": side}
                smaller = _draw_columns(case, counts, {**changed, "kernel_size": 2})
                if smaller and smaller.size < case.size:
                    yield smaller


def _list_values(name: str, case: Case) -> list[int]:
    return list(dict.fromkeys((USUAL[name], min(USUAL[name] + 1, max(two(case.options.get(name, USUAL[name])))))))


def _draw_columns(case: Case, counts: tuple[int, int], options: dict[str, int]) -> Case | None:
    """Return the case with columns of one size that fits its options, or None where no window fits."""
    reach = options["dilation"] * (options["kernel_size"] - 1) + 1
    places = (options["output_size"] + 2 * options["padding"] - reach) // options["stride"] + 1
    if places < 1:
        return None
    images, channels = counts
    shape = (images, channels * options["kernel_size"] ** 2, places**2)
    kept = {name: value for name, value in options.items() if name in case.options}
    cols = draw_small(np.random.default_rng(0), shape)
    return replace(case, inputs={"cols": cols}, options=kept, layout="plain")
