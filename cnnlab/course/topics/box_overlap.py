"""Chapter 15: intersection over union of boxes. What is asked of box_iou in detection.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cnnlab.course.cases.boxes import BOX_PROPERTIES, plan_box_cases
from cnnlab.course.exercise import Exercise, Operation
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Expected, Oracle, Problem, Rival
from cnnlab.gradcheck.runner.calls import FunctionCall


def _read_boxes(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Return both lists of boxes in float64; a case whose corners are not in order has no answer."""
    a, b = (np.asarray(case.inputs[name], np.float64) for name in "ab")
    if not all(boxes.shape[1] == 4 and (boxes[:, :2] <= boxes[:, 2:]).all() for boxes in (a, b)):
        raise ValueError("a and b need corners x1, y1, x2, y2 with x1 <= x2 and y1 <= y2")
    return a, b


# NumPy cuts the plane along the edges of all boxes, and counts the pieces that are in one box and in both. PyTorch
# compares the lengths of two intervals with the length of what they span.


def _cut_along_edges(case: Case) -> Expected:
    a, b = _read_boxes(case)
    inside, lengths = [], []
    for axis in (0, 1):
        edges = np.unique(np.concatenate([boxes[:, [axis, axis + 2]].ravel() for boxes in (a, b)]))
        start, end = edges[:-1], edges[1:]
        inside.append([(boxes[:, [axis]] <= start) & (end <= boxes[:, [axis + 2]]) for boxes in (a, b)])
        lengths.append(end - start)
    (ax, bx), (ay, by) = (tuple(m.astype(float) for m in masks) for masks in inside)
    both = ((ax * lengths[0]) @ bx.T) * ((ay * lengths[1]) @ by.T)
    area_a, area_b = (ax @ lengths[0]) * (ay @ lengths[1]), (bx @ lengths[0]) * (by @ lengths[1])
    either = area_a[:, None] + (area_b[None] - both)
    return Expected(None, {"iou": np.where(either > 0, both / np.where(either > 0, either, 1), 0.0)})


def _compare_spans(case: Case) -> Expected:
    import torch

    a, b = map(torch.tensor, _read_boxes(case))
    common, area_a, area_b = 1.0, 1.0, 1.0
    for axis in (0, 1):
        ends = torch.cat([t.broadcast_to(len(a), len(b), 4) for t in (a[:, None], b[None])], dim=2)
        low, high = ends[..., [axis, axis + 4]], ends[..., [axis + 2, axis + 6]]
        lengths, span = high - low, high.amax(2) - low.amin(2)
        common = common * torch.relu(lengths.sum(2) - span)
        area_a, area_b = area_a * lengths[..., 0], area_b * lengths[..., 1]
    union = area_a + area_b - common
    return Expected(None, {"iou": torch.where(union > 0, common / torch.where(union > 0, union, 1), 0.0).numpy()})


class _Pairs(NamedTuple):
    """Of every pair of boxes: both sizes, and what they have in common along x and y, below 0 where there is a gap."""

    a: tuple[np.ndarray, np.ndarray]
    b: tuple[np.ndarray, np.ndarray]
    common: tuple[np.ndarray, np.ndarray]


def _measure(case: Case, extra: float = 0.0, order: tuple[int, ...] = (0, 1, 2, 3), as_sizes: bool = False) -> _Pairs:
    """Return the measures of all pairs. extra: added to all lengths.   order: of the corners as they are read."""
    a, b = (boxes[:, order] for boxes in _read_boxes(case))
    if as_sizes:
        a, b = (np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1) for boxes in (a, b))
    sizes_a, sizes_b, common = [], [], []
    for axis in (0, 1):
        low = np.stack(np.broadcast_arrays(a[:, None, axis], b[None, :, axis]))
        high = np.stack(np.broadcast_arrays(a[:, None, axis + 2], b[None, :, axis + 2]))
        lengths, span = high - low + extra, high.max(0) - low.min(0) + extra
        sizes_a.append(lengths[0])
        sizes_b.append(lengths[1])
        common.append(lengths.sum(0) - span)
    return _Pairs((sizes_a[0], sizes_a[1]), (sizes_b[0], sizes_b[1]), (common[0], common[1]))


Formula = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def _usual(both: np.ndarray, area_a: np.ndarray, area_b: np.ndarray) -> np.ndarray:
    return both / (area_a + area_b - both)


def _clamp(common: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    return np.prod([np.maximum(c, 0) for c in common], axis=0)


def _wrong(formula: Formula = _usual, both: Callable[..., np.ndarray] = _clamp, **read):
    """A wrong formula of the intersection and the areas, or another intersection, or boxes read in another way."""

    def compute(case: Case, right) -> np.ndarray:
        pairs = _measure(case, **read)
        with np.errstate(all="ignore"):
            found = formula(both(pairs.common), np.prod(pairs.a, axis=0), np.prod(pairs.b, axis=0))
        return np.where(np.isfinite(found), found, 0.0)

    return compute


def _guard_union(both: np.ndarray, area_a: np.ndarray, area_b: np.ndarray) -> np.ndarray:
    """The usual formula, with 0 where the union is not above 0."""
    union = area_a + area_b - both
    return np.where(union > 0, both / union, 0.0)


def _read_areas(formula: Formula, **read):
    """The areas of boxes that are read in another way; the intersection is right."""

    def compute(case: Case, right) -> np.ndarray:
        both, other = _clamp(_measure(case).common), _measure(case, **read)
        with np.errstate(all="ignore"):
            found = formula(both, np.prod(other.a, axis=0), np.prod(other.b, axis=0))
        return np.where(np.isfinite(found), found, 0.0)

    return compute


def _divide_by_span(case: Case, right) -> np.ndarray:
    """The intersection over the area of the smallest box around both."""
    pairs = _measure(case)
    sides = (a + b - common for a, b, common in zip(*pairs, strict=True))
    span = np.prod(list(sides), axis=0)
    return np.divide(_clamp(pairs.common), span, out=np.zeros_like(span), where=span > 0)


#: What people add to a denominator so that it is not 0.
SMALL_NUMBERS = (1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12)


def _add_to_union(small: float):
    return _wrong(lambda both, a, b: both / (a + b - both + small))


RIVALS = tuple(
    Rival("iou", code, sentence, compute)
    for code, sentence, compute in (
        (
            "formula",
            "iou multiplies negative lengths: where boxes lie apart, right edge minus left edge is below 0, and the "
            "intersection has to be 0.",
            _wrong(both=lambda common: common[0] * common[1]),
        ),
        (
            "formula",
            "iou cuts the product of width and height off at 0 and not each of them: where boxes lie apart in x and in "
            "y, two negative lengths have a positive product.",
            _wrong(both=lambda common: np.maximum(common[0] * common[1], 0)),
        ),
        (
            "formula",
            "iou cuts the product of width and height off at 0 and not each of them, and the ratio where the union is "
            "below 0: where boxes lie apart in x and in y, two negative lengths have a positive product.",
            _wrong(_guard_union, both=lambda common: np.maximum(common[0] * common[1], 0)),
        ),
        *(
            (
                "formula",
                f"iou cuts off the {cut} of the intersection at 0 and not its {left}: where boxes lie apart in "
                f"{axis}, the {left} is negative too.",
                _wrong(both=lambda common, k=k: np.maximum(common[1 - k], 0) * common[k]),
            )
            for k, axis, left, cut in ((0, "x", "width", "height"), (1, "y", "height", "width"))
        ),
        (
            "formula",
            "iou is the intersection over the smallest box around both: the union is what at least one of the two "
            "covers.",
            _divide_by_span,
        ),
        (
            "formula",
            "iou takes the absolute value of the lengths of the intersection: where boxes lie apart, it has to be 0.",
            _wrong(both=lambda common: np.abs(common[0] * common[1])),
        ),
        (
            "formula",
            "iou divides by the sum of both areas: the union holds the intersection once, so it is taken off.",
            _wrong(lambda both, a, b: both / (a + b)),
        ),
        (
            "formula",
            "iou is twice the intersection over the sum of both areas, which is the Dice coefficient.",
            _wrong(lambda both, a, b: 2 * both / (a + b)),
        ),
        (
            "formula",
            "iou takes the intersection off the sum of the areas twice: what is left is what only one of the boxes "
            "covers.",
            _wrong(lambda both, a, b: both / (a + b - 2 * both)),
        ),
        (
            "formula",
            "iou is the intersection over the area of a's box: it is divided by the area of the union.",
            _wrong(lambda both, a, b: both / (a + 0 * b)),
        ),
        (
            "formula",
            "iou is the intersection over the area of b's box: it is divided by the area of the union.",
            _wrong(lambda both, a, b: both / (b + 0 * a)),
        ),
        (
            "formula",
            "iou is the intersection over the smaller of both areas: it is divided by the area of the union.",
            _wrong(lambda both, a, b: both / np.minimum(a, b)),
        ),
        (
            "formula",
            "iou is the intersection over the larger of both areas: it is divided by the area of the union.",
            _wrong(lambda both, a, b: both / np.maximum(a, b)),
        ),
        (
            "formula",
            "iou adds 1 to widths and heights: a box here ends at x2, and its width is x2 − x1.",
            _wrong(extra=1.0),
        ),
        (
            "formula",
            "iou adds 1 to widths and heights in the areas: a box here ends at x2, and its width is x2 − x1.",
            _read_areas(_guard_union, extra=1.0),
        ),
        (
            "formula",
            "iou is 1 − IoU, the distance: it is 1 where both boxes are the same.",
            lambda case, right: 1 - right(case),
        ),
        (
            "transpose",
            "iou has b's boxes in its rows: entry [i, j] is of a[i] and b[j].",
            lambda case, right: right(case).T,
        ),
        (
            "formula",
            "iou reads the corners as x1, x2, y1, y2: they are x1, y1, x2, y2.",
            _wrong(order=(0, 2, 1, 3)),
        ),
        *(
            (
                "formula",
                "iou reads the corners as x1, x2, y1, y2 in the areas: they are x1, y1, x2, y2.",
                _read_areas(formula, order=(0, 2, 1, 3)),
            )
            for formula in (_usual, _guard_union)
        ),
        *(
            (
                "formula",
                "iou reads the last two numbers of a box as width and height in the areas: they are x2 and y2.",
                _read_areas(formula, as_sizes=True),
            )
            for formula in (_usual, _guard_union)
        ),
        (
            "formula",
            "iou reads the last two numbers of a box as width and height: they are x2 and y2.",
            _wrong(as_sizes=True),
        ),
        (
            "formula",
            "iou compares only x: the intersection has a width and a height.",
            _wrong(both=lambda common: np.maximum(common[0], 0)),
        ),
        *(
            (
                "precision",
                "iou adds a small number to the union, which shows where boxes are small: divide where the union is "
                "above 0, and leave 0 elsewhere.",
                _add_to_union(small),
            )
            for small in SMALL_NUMBERS
        ),
    )
)

BOX_IOU = Operation(
    "box_iou",
    "detection",
    "ch15",
    (
        Exercise(
            op="box_iou",
            topic="detection",
            chapter="ch15",
            points=2,
            where="chapter 15, step 1",
            hints=(
                "Draw two boxes that overlap. Which of the four x values are the edges of what they have in common? "
                "And where two boxes lie apart, what comes out for these edges?",
                "The intersection goes from the larger x1 to the smaller x2. Where that difference is negative its "
                "width is 0, and likewise its height. The union is the sum of both areas minus the intersection.",
                "a[:, None] and b[None, :] give all pairs: np.maximum of the first two columns, np.minimum of the last "
                "two, np.maximum(high − low, 0), the product over the last axis. Divide only where the union is above "
                "0.",
            ),
            problem=Problem(
                "box_iou",
                FunctionCall("box_iou", ("a", "b")),
                ("iou",),
                Oracle(plan_box_cases, by_pytorch=_compare_spans, by_numpy=_cut_along_edges, properties=BOX_PROPERTIES),
                RIVALS,
            ),
        ),
    ),
)
