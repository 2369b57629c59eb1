"""The cases of overlaps: of boxes (chapter 15) and of maps of classes (chapter 14)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from cnnlab.course.cases.planning import Spec, labels_of, plan
from cnnlab.gradcheck.case import CORE, GENERAL, TRANSFORMED, Case, Stage, generator
from cnnlab.gradcheck.problem import Property
from cnnlab.gradcheck.runner.snapshot import Layout

# Boxes.

DrawBoxes = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]


def draw_overlapping(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw boxes that all cover the cell from 3 to 4, so that any two overlap."""
    return np.concatenate([rng.integers(0, 4, (shape[0], 2)), rng.integers(4, 10, (shape[0], 2))], axis=1) * 1.0


def draw_scattered(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw small boxes, of which most are apart, beside each other or at an angle."""
    low = rng.integers(-8, 9, (shape[0], 2))
    return np.concatenate([low, low + rng.integers(1, 6, (shape[0], 2))], axis=1) * 1.0


def draw_fractions(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw boxes with fractions, as shares of an image."""
    corners = np.sort(rng.random((shape[0], 2, 2)), axis=1)
    return corners.reshape(shape[0], 4)


def _shrink(draw: DrawBoxes, factor: float) -> DrawBoxes:
    return lambda rng, shape: factor * draw(rng, shape)


draw_tiny, draw_huge = _shrink(draw_overlapping, 2.0**-20), _shrink(draw_scattered, 2.0**20)


def specify_boxes(a: int | list = 3, b: int | list = 2, draw: DrawBoxes = draw_overlapping) -> Spec:
    """Return a case of these boxes, or of so many drawn ones."""
    shapes = {name: (boxes if isinstance(boxes, int) else len(boxes), 4) for name, boxes in (("a", a), ("b", b))}
    values = {name: boxes for name, boxes in (("a", a), ("b", b)) if not isinstance(boxes, int)}
    return Spec(shapes, draws={"a": draw, "b": draw}, values=values)


BOX_CORE: dict[str, Spec] = {
    "one box and one box": specify_boxes(1, 1),
    "as many of a as of b": specify_boxes(3, 3),
    "apart in x": specify_boxes(a=[[0, 0, 2, 3]], b=[[5, 1, 9, 4]]),
    "apart in y": specify_boxes(a=[[0, 0, 2, 3]], b=[[1, 5, 3, 9]]),
    "apart in x and in y": specify_boxes(a=[[0, 0, 2, 3]], b=[[4, 7, 8, 9]]),
    "some apart": specify_boxes(4, 3, draw_scattered),
    "one inside the other": specify_boxes(a=[[0, 0, 8, 6]], b=[[2, 1, 5, 4]]),
    "the same box": specify_boxes(a=[[1, 2, 4, 7]], b=[[1, 2, 4, 7]]),
}

BOX_GENERAL: dict[str, Spec] = {
    "touching at an edge": specify_boxes(a=[[0, 0, 2, 3]], b=[[2, 0, 5, 3], [0, 3, 2, 6], [2, 3, 4, 5]]),
    "corners with fractions": specify_boxes(4, 3, draw_fractions),
    "tiny boxes": specify_boxes(draw=draw_tiny),
    "huge boxes": specify_boxes(4, 3, draw_huge),
    "a box without width": specify_boxes(a=[[2, 0, 2, 3]], b=[[1, 0, 4, 3], [2, 0, 2, 3]]),
    "boxes that are points": specify_boxes(a=[[2, 3, 2, 3], [0, 0, 4, 4]], b=[[2, 3, 2, 3], [1, 1, 1, 1]]),
    "boxes without width and a point": specify_boxes(a=[[2, 0, 2, 3], [3, 1, 3, 5], [1, 1, 1, 4]], b=[[2, 3, 2, 3]]),
    "a point and boxes without height": specify_boxes(a=[[2, 3, 2, 3]], b=[[0, 2, 3, 2], [1, 3, 5, 3]]),
    "no boxes in a": specify_boxes(0, 2),
    "many boxes": specify_boxes(20, 15, draw_scattered),
}


def _list_pairs(spec: Spec) -> list[tuple[list[float], list[float]]]:
    """Return every pair of boxes of a case whose boxes are given."""
    return [(a, b) for a in spec.values.get("a", []) for b in spec.values.get("b", [])]


def _lie_apart(spec: Spec) -> bool:
    drawn = spec.draws["a"] in (draw_scattered, draw_huge) and not spec.values
    return drawn or any(max(a[i], b[i]) > min(a[i + 2], b[i + 2]) for a, b in _list_pairs(spec) for i in (0, 1))


def _have_no_area(spec: Spec) -> bool:
    return any(a[i] == a[i + 2] for pair in _list_pairs(spec) for a in pair for i in (0, 1))


BOX_PROPERTIES = (
    Property("boxes that lie apart", "geometry", "boxes apart", _lie_apart),
    Property("boxes without area", "kink", "boxes without area", _have_no_area),
    Property("tiny boxes", "precision", "tiny boxes", lambda spec: spec.draws["a"] is draw_tiny),
    Property(
        "as many boxes in a as in b", "transpose", "square", lambda spec: spec.shapes["a"][0] == spec.shapes["b"][0]
    ),
)

plan_box_cases = plan(None, specify_boxes(), BOX_CORE, BOX_GENERAL, TRANSFORMED, BOX_PROPERTIES)


# Maps of classes.


def draw_maps(
    rng: np.random.Generator, shape: tuple[int, ...], classes: int, wrong: float
) -> tuple[np.ndarray, np.ndarray]:
    """Draw a map in which class k is about k + 1 times as frequent as class 0, and one with some cells changed."""
    frequency = np.arange(1, classes + 1) / np.arange(1, classes + 1).sum()
    target = rng.choice(classes, shape, p=frequency)
    pred = np.where(rng.random(shape) < wrong, rng.integers(0, classes, shape), target)
    return pred, target


#: name -> stage and what differs from the plain case: shape, classes, absent (classes that are in neither map), ....
MAPS: dict[str, tuple[Stage, Mapping[str, Any]]] = {
    "the plain case": (CORE, {}),
    "one image": (CORE, {"shape": (1, 4, 5)}),
    "one row": (CORE, {"shape": (1, 1, 6)}),
    "two classes": (CORE, {"classes": 2}),
    "a class that is in neither map": (CORE, {"classes": 5, "absent": (1, 3)}),
    "a class that is in the prediction alone": (CORE, {"values": ([[[0, 1], [2, 1]]], [[[0, 1], [1, 1]]])}),
    "a class that is in the target alone": (CORE, {"values": ([[[0, 1], [1, 1]]], [[[0, 1], [2, 1]]])}),
    "classes that only some images have": (
        CORE,
        {"values": ([[[0, 0], [0, 1]], [[2, 2], [1, 2]]], [[[0, 1], [0, 1]], [[2, 2], [2, 2]]])},
    ),
    "every cell right": (CORE, {"wrong": 0.0}),
    "no cell right": (CORE, {"values": ([[[0, 0], [1, 1]]], [[[1, 1], [2, 2]]])}),
    "one class": (GENERAL, {"classes": 1}),
    "the last class in neither map": (GENERAL, {"classes": 4, "absent": (3,)}),
    "class 0 in neither map": (GENERAL, {"classes": 4, "absent": (0,)}),
    "a list of cells": (GENERAL, {"shape": (9,)}),
    "two classes in the prediction alone": (GENERAL, {"classes": 5, "alone": {"pred": (1, 4)}}),
    "two classes in the target alone": (GENERAL, {"classes": 5, "alone": {"target": (0, 3)}}),
    "a class in each map alone": (GENERAL, {"classes": 5, "alone": {"pred": (2,), "target": (4,)}}),
    "int32": (GENERAL, {"dtype": "int32"}),
    "uint8 and many classes": (GENERAL, {"dtype": "uint8", "classes": 20, "shape": (2, 9, 9)}),
    "uint8 and many classes, one image": (GENERAL, {"dtype": "uint8", "classes": 17, "shape": (1, 8, 8)}),
    "arrays with gaps in memory": (GENERAL, {"layout": "strided"}),
    "arrays in column order": (GENERAL, {"layout": "fortran"}),
    "read-only arrays": (GENERAL, {"layout": "read-only"}),
    "maps without cells": (GENERAL, {"shape": (2, 0, 3)}),
}

#: The case in which there is no class to take the mean over.
NOTHING_TO_AVERAGE = "maps without cells"

MAP_PROPERTIES = (
    Property("a class that is in neither map", "geometry", "absent classes", lambda how: bool(how.get("absent"))),
    Property("more than one image", "reduction", "batch", lambda how: "values" in how or how.get("shape", (2,))[0] > 1),
    Property(
        "a class that is in one map alone",
        "geometry",
        "classes of one map",
        lambda how: bool(how.get("alone")) or "values" in how,
    ),
    Property("more than two classes", "geometry", "classes", lambda how: how.get("classes", 3) > 2),
    Property("class numbers of few bits", "dtype", "small ints", lambda how: "dtype" in how),
    Property("arrays that are not in row order", "geometry", "memory layout", lambda how: "layout" in how),
)


def draw_map_case(
    seed: int,
    name: str,
    stage: Stage,
    *,
    shape: tuple[int, ...] = (2, 4, 5),
    classes: int = 3,
    absent: tuple[int, ...] = (),
    alone: Mapping[str, tuple[int, ...]] | None = None,
    values: tuple[list, list] | None = None,
    wrong: float = 0.4,
    dtype: str = "int64",
    layout: Layout = "plain",
) -> Case:
    """Draw a case. alone: by map, the classes that it alone has.   wrong: the share of cells with another class."""
    present = np.array([k for k in range(classes) if k not in absent])
    drawn = values or draw_maps(generator(seed, name), shape, len(present), wrong)
    pred, target = (np.array(m) if values else present[m] for m in drawn)
    taken = {k for classes_of_one in (alone or {}).values() for k in classes_of_one}
    for of, only in (alone or {}).items():
        other = target if of == "pred" else pred
        other[np.isin(other, only)] = next(k for k in present if k not in taken)
    inputs = {"pred": pred.astype(dtype), "target": target.astype(dtype), "classes": classes}
    return Case(name, stage, inputs, layout=layout, tolerance=TRANSFORMED)


def plan_map_cases(seed: int) -> tuple[Case, ...]:
    """Return the cases of mean_iou."""
    usual = labels_of({}, MAP_PROPERTIES)
    drawn = (
        (draw_map_case(seed, name, stage, **how), labels_of(how, MAP_PROPERTIES)) for name, (stage, how) in MAPS.items()
    )
    return tuple(replace(case, varies=has ^ usual, has=has) for case, has in drawn)
