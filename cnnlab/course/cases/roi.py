"""The cases of RoI pooling: boxes over feature maps."""

from __future__ import annotations

from dataclasses import replace
from math import floor
from typing import Any

import numpy as np

from cnnlab.course.cases.planning import Spec
from cnnlab.course.cases.pool import draw_distinct, draw_ties
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Property

Box = tuple[float, float, float, float, float]

#: A box on each of two images: the number of the image, x1, y1, x2, y2.
TWO: tuple[Box, ...] = ((0, 0, 0, 3, 3), (1, 1, 1, 4, 4))


def specify_pooling(
    boxes: tuple[Box, ...] = TWO,
    output_size: Any = 2,
    image: tuple[int, int] = (5, 6),
    n: int = 2,
    channels: int = 2,
    **options: Any,
) -> Spec:
    """Return a case of RoI max pooling."""
    shapes = {"x": (n, channels, *image), "boxes": (len(boxes), 5)}
    return Spec(
        shapes,
        {"output_size": output_size, **options},
        values={"boxes": np.reshape(boxes, (-1, 5))},
        draws={"x": draw_distinct},
    )


def specify_sampling(boxes: tuple[Box, ...] = TWO, output_size: Any = 2, **more: Any) -> Spec:
    """Return a case of RoI align; x holds whole numbers."""
    return replace(specify_pooling(boxes, output_size, **more), draws={})


#: Cases of both ops.
BOTH_CORE: dict[str, dict[str, Any]] = {
    "one box on one image": {"boxes": ((0, 0, 0, 3, 3),), "n": 1, "channels": 1},
    "one bin": {"output_size": 1},
    "two boxes that overlap on one image": {"boxes": ((0, 0, 0, 3, 3), (0, 1, 1, 4, 4)), "n": 1},
    "the same box twice": {"boxes": ((0, 1, 1, 4, 4), (0, 1, 1, 4, 4)), "n": 1},
    "images in another order": {"boxes": ((1, 0, 0, 3, 3), (0, 1, 1, 4, 4))},
    "two of three images without a box": {"boxes": ((2, 0, 0, 3, 3), (2, 1, 0, 5, 3)), "n": 3},
    "a square map": {"image": (5, 5)},
}

BOTH_GENERAL: dict[str, dict[str, Any]] = {
    "a map that is half as large": {"boxes": ((0, 0, 0, 6, 6), (1, 2, 2, 9, 7)), "spatial_scale": 0.5},
    "a map that is a quarter as large": {"boxes": ((0, 0, 4, 14, 16), (0, 3, 3, 20, 11)), "spatial_scale": 0.25},
    "rows and columns of different number": {"boxes": ((0, 0, 0, 5, 3), (1, 1, 0, 4, 4)), "output_size": (2, 3)},
    "more rows than columns": {"boxes": ((0, 0, 0, 5, 3), (1, 1, 0, 4, 4)), "output_size": (3, 1)},
    "wide and high boxes": {"boxes": ((0, 0, 2, 5, 3), (1, 2, 0, 3, 4))},
    "corners between cells": {"boxes": ((0, 0.25, 0.75, 3.5, 3.25), (1, 1.5, 0.5, 4.75, 2.5))},
    "over the left and upper edge": {"boxes": ((0, -2, -3, 3, 2), (1, -1, -1, 2, 2))},
    "over the right and lower edge": {"boxes": ((0, 3, 2, 8, 7), (1, 4, 3, 7, 6))},
    "partly beyond the map": {"boxes": ((0, -5, -5, 2, 2), (1, 3, 3, 12, 11)), "output_size": 3},
    "wholly beyond the map": {"boxes": ((0, 20, 20, 24, 24), (1, 0, 0, 3, 3))},
    "boxes smaller than a cell": {"boxes": ((0, 2, 2, 2, 2), (1, 1.25, 3, 1.5, 3.25))},
    "more bins than cells": {"boxes": ((0, 1, 1, 2, 2), (1, 3, 0, 3, 1)), "output_size": (4, 3)},
    "five boxes": {
        "boxes": ((0, 0, 0, 5, 4), (1, 0, 0, 3, 3), (1, 2, 1, 5, 4), (0, 1, 1, 2, 3), (1, 0, 2, 4, 4)),
    },
    "no boxes": {"boxes": ()},
    "a map of one cell": {"boxes": ((0, 0, 0, 0, 0), (1, -1, 0, 1, 1)), "image": (1, 1)},
}

OF_MAX_CORE: dict[str, Spec] = {
    "tied cells": replace(specify_pooling(), draws={"x": draw_ties}),
    "all cells alike": replace(specify_pooling(), draws={"x": lambda rng, shape: np.full(shape, 3.0)}),
    "bins that overlap": specify_pooling(((0, 0, 0, 4, 4), (1, 1, 0, 5, 4))),
}

OF_MAX_GENERAL: dict[str, Spec] = {
    "corners that end in one half": specify_pooling(((0, 0.5, 1.5, 3.5, 3.5), (1, 1.5, 0.5, 2.5, 4.5))),
    "corners below 0 that end in one half": specify_pooling(((0, -0.5, -1.5, 3, 2.5), (1, -2.5, -0.5, 2, 2))),
    "tied cells where bins overlap": replace(specify_pooling(((0, 0, 0, 4, 4),), n=1), draws={"x": draw_ties}),
    "all cells below 0": replace(
        specify_pooling(((0, -3, -3, 2, 2), (1, 3, 3, 9, 8))),
        draws={"x": lambda rng, shape: draw_distinct(rng, shape) - 1000},
    ),
}

OF_ALIGN_CORE: dict[str, Spec] = {
    "one sample for each bin": specify_sampling(sampling_ratio=1),
    "samples on cell centres": specify_sampling(((0, 0.5, 0.5, 2.5, 2.5),), sampling_ratio=1, n=1),
    "two samples along each axis": specify_sampling(((0, 0, 0, 2, 2), (1, 1, 1, 4, 4)), sampling_ratio=2),
}

OF_ALIGN_GENERAL: dict[str, Spec] = {
    "three samples along each axis": specify_sampling(((0, 0, 0, 2, 3), (1, 1, 1, 4.5, 4)), sampling_ratio=3),
    "aligned": specify_sampling(aligned=True),
    "aligned, corners between cells": specify_sampling(((0, 0.25, 0.75, 3.5, 3.25), (1, 2, 1, 2.5, 4)), aligned=True),
    "aligned, three samples, half as large": specify_sampling(
        ((0, 0, 1, 6, 6), (0, 3, 2, 9, 7)), sampling_ratio=3, aligned=True, spatial_scale=0.5
    ),
    "aligned, a box smaller than a cell": specify_sampling(((0, 2, 2, 2.5, 2.25), (1, 3, 1, 3.25, 4)), aligned=True),
    "aligned, a box without size": specify_sampling(((0, 2, 2, 2, 2), (1, 3, 3, 1, 1)), aligned=True),
    "aligned, over the edge": specify_sampling(((0, -3, -2, 3, 2), (1, 3, 2, 9, 8)), aligned=True, output_size=3),
    "samples just beyond the edge": specify_sampling(
        ((0, -0.75, -0.5, 1.25, 1.5), (1, 5, 3.75, 7, 5.75)), sampling_ratio=2
    ),
    "one sample, rows and columns of different number": specify_sampling(
        ((0, 0.25, 0, 5, 3.5), (1, 1, 0.5, 4, 4)), (2, 3), sampling_ratio=1
    ),
    "numbers with a fraction": replace(specify_sampling(), numbers="normals"),
}


def count_bins(case: Case) -> dict[str, float]:
    """Count what a wrong factor may be: the boxes, and the bins of a box."""
    boxes, _, rows, columns = np.shape(case.dy)
    return {"the number of boxes": boxes, "the number of bins of a box": rows * columns}


def _read(spec: Spec) -> np.ndarray:
    """Return the corners of the boxes on the map, (K, 4)."""
    return np.reshape(spec.values["boxes"], (-1, 5))[:, 1:] * spec.options.get("spatial_scale", 1.0)


def _reaches_over(spec: Spec) -> bool:
    assert spec.shapes["x"] is not None
    (height, width), boxes = spec.shapes["x"][2:], _read(spec)
    return bool(len(boxes)) and bool((boxes < -0.5).any() or (boxes[:, [2, 3]] > [width, height]).any())


def _shares_image(spec: Spec) -> bool:
    images = np.reshape(spec.values["boxes"], (-1, 5))[:, 0]
    return len(set(images)) < len(images)


def _overlaps_bins(spec: Spec) -> bool:
    """Return whether a bin of max pooling begins in a cell in which another ends."""
    bins = np.broadcast_to(spec.options["output_size"], 2)
    sizes = [np.floor(b[2:] + 0.5) - np.floor(b[:2] + 0.5) + 1 for b in _read(spec)]
    return any(max(floor(s), 1) % p for size in sizes for s, p in zip(size, bins[::-1], strict=True))


BOTH_PROPERTIES = (
    Property("several boxes on one image", "accumulate", "boxes on one image", _shares_image),
    Property("a spatial_scale", "option", "spatial_scale", lambda spec: "spatial_scale" in spec.options),
    Property("boxes over the edge of the map", "border", "edge", _reaches_over),
    Property(
        "different numbers of rows and columns of bins",
        "geometry",
        "output_size",
        lambda spec: not isinstance(spec.options["output_size"], int),
    ),
    Property("more than one channel", "channel", "channels", lambda spec: spec.shapes["x"][1] > 1),
)

MAX_PROPERTIES = (
    Property("bins that overlap", "accumulate", "bins that overlap", _overlaps_bins),
    Property("ties", "kink", "ties", lambda spec: spec.draws["x"] is draw_ties),
)

ALIGN_PROPERTIES = (
    Property("a sampling_ratio", "option", "sampling_ratio", lambda spec: "sampling_ratio" in spec.options),
    Property("aligned boxes", "option", "aligned", lambda spec: bool(spec.options.get("aligned"))),
)
