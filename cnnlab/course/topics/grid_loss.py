"""Chapter 15: the loss of a detector with one box in each cell of a grid. What is asked of grid_loss.py."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cnnlab.course.backward_exercise import define_operation
from cnnlab.course.cases.planning import Spec
from cnnlab.course.topics.grid_loss_mistakes import CENTRE, CLASSES, RIVALS, SIZE, derive, list_terms, sigmoid
from cnnlab.gradcheck.case import ROUNDED
from cnnlab.gradcheck.problem import Property, Sum

DrawMask = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]


def draw_some(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw a mask with an object in at least one cell, and none in another, where there are two cells."""
    count = int(np.prod(shape))
    mask = np.zeros(count, np.int64)
    mask[rng.permutation(count)[: max(1, count // 2)]] = 1
    return mask.reshape(shape)


def _draw_predictions(rng: np.random.Generator, shape: tuple[int, ...], scale: float) -> np.ndarray:
    """Draw numbers of this scale; widths and heights no larger than 1, so that the other parts show beside them."""
    drawn = scale * rng.standard_normal(shape)
    drawn[:, SIZE] /= max(scale, 1.0)
    return drawn


def specify(
    n: int = 2,
    classes: int = 3,
    grid: tuple[int, int] = (2, 2),
    draw_mask: DrawMask = draw_some,
    scale: float = 1.0,
    mask_dtype: str = "int64",
    **options: float,
) -> Spec:
    """Return a case of this batch, so many classes and this grid. scale: of pred."""
    shapes = {"pred": (n, 5 + classes, *grid), "boxes": (n, 4, *grid), "classes": (n, *grid), "mask": (n, *grid)}
    draws = {
        "pred": lambda rng, shape: _draw_predictions(rng, shape, scale),
        "boxes": lambda rng, shape: rng.uniform(0.05, 1, shape),
        "classes": lambda rng, shape: rng.integers(0, classes, shape),
        "mask": draw_mask if mask_dtype == "int64" else lambda rng, shape: draw_mask(rng, shape).astype(mask_dtype),
    }
    return Spec(shapes, options, "normals", draws=draws)


def draw_everywhere(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Return a mask with an object in every cell."""
    return np.ones(shape, np.int64)


def draw_nowhere(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Return a mask without an object."""
    return np.zeros(shape, np.int64)


def draw_in_first_image(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Return a mask with objects in the first image alone."""
    return np.broadcast_to(np.arange(shape[0])[:, None, None] == 0, shape).astype(np.int64)


def _make_ignored(name: str, fill: float) -> Spec:
    """The plain case, where cells without an object hold what must be ignored."""
    spec = specify(1)
    rng = np.random.default_rng(0)
    mask = np.array([[[1, 0], [0, 1]]])
    shape = spec.shapes[name]
    assert shape is not None
    usual = spec.draws[name](rng, shape)
    there = mask[:, None] if name == "boxes" else mask
    value = np.where(there == 1, usual, fill)
    if name == "classes":
        value = value.astype(np.int64)
    draws = {**spec.draws, "mask": lambda rng, shape: mask.copy(), name: lambda rng, shape: value.copy()}
    return Spec(spec.shapes, spec.options, "normals", draws=draws)


def torch_yolo_loss(pred, boxes, classes, mask, *, coord_weight=5.0, noobj_weight=0.5):
    """Return the loss by PyTorch's own losses, cell by cell."""
    import torch

    functional, m = torch.nn.functional, mask.to(pred.dtype)
    there = m > 0
    wanted = torch.where(there[:, None], boxes, 0.0)
    centre = (pred[:, CENTRE].sigmoid() - wanted[:, :2]) ** 2
    size = (pred[:, SIZE] - wanted[:, 2:].sqrt()) ** 2
    objectness = functional.binary_cross_entropy_with_logits(pred[:, 4], m, reduction="none")
    classes = torch.where(there, classes, torch.zeros_like(classes))
    right = functional.cross_entropy(pred[:, CLASSES], classes, reduction="none")
    cells = m * coord_weight * (centre.sum(1) + size.sum(1)) + (m + noobj_weight * (1 - m)) * objectness + m * right
    return cells.sum() / len(pred)


def yolo_loss_at_points(pred, boxes, classes, mask, *, coord_weight=5.0, noobj_weight=0.5):
    """Return the loss at many points, (K,): each array has an axis of points in front, of length K or 1."""
    m = mask.astype(np.float64)
    wanted = np.where(m[:, :, None] > 0, boxes, 0)
    centre = (sigmoid(pred[:, :, CENTRE]) - wanted[:, :, :2]) ** 2
    size = (pred[:, :, SIZE] - np.sqrt(wanted[:, :, 2:])) ** 2
    logit, logits = pred[:, :, 4], pred[:, :, CLASSES]
    objectness = np.logaddexp(0, logit) - logit * m
    largest = logits.max(2)
    total = largest + np.log(np.exp(logits - largest[:, :, None]).sum(2))
    index = np.broadcast_to(np.where(m > 0, classes, 0), total.shape)[:, :, None]
    right = np.take_along_axis(logits, index, 2)[:, :, 0] - total
    cells = m * coord_weight * (centre.sum(2) + size.sum(2)) + (m + noobj_weight * (1 - m)) * objectness - m * right
    return cells.sum((1, 2, 3)) / pred.shape[1]


YOLO_LOSS = define_operation(
    "yolo_loss",
    topic="grid_loss",
    chapter="ch15",
    points=6,
    where="chapter 15, steps 9 to 11",
    hints=(
        "The loss is a sum of parts, and each part looks at channels of its own: px and py, pw and ph, po, the class "
        "logits. So is the gradient. Which parts does a cell without an object have?",
        "Each part you have derived before: a square behind a sigmoid (chapters 4 and 5), a square, binary "
        "cross-entropy of a logit, cross-entropy of logits. The weights and the mask multiply the gradient as they "
        "multiply the loss.",
        "2·coord_weight·m·(σ(px) − x)·σ(px)·(1 − σ(px)); 2·coord_weight·m·(pw − √w); (m + noobj_weight·(1 − m))·"
        "(σ(po) − m); m·(softmax − one-hot). Everything times dy and divided by N.",
    ),
    wrt={"dpred": "pred"},
    torch_forward=torch_yolo_loss,
    at_points=yolo_loss_at_points,
    formula=lambda case: {"dpred": derive(case)},
    base=specify(),
    core={
        "one cell with an object": specify(1, 1, (1, 1), draw_everywhere),
        "one cell without an object": specify(1, 1, (1, 1), draw_nowhere),
        "one image": specify(1),
        "three images": specify(3, grid=(1, 2)),
        "objects in every cell": specify(1, draw_mask=draw_everywhere),
        "no object anywhere": specify(1, draw_mask=draw_nowhere),
        "one image without an object": specify(draw_mask=draw_in_first_image),
        "one class": specify(classes=1),
        "five classes": specify(1, classes=5),
        "as many classes as images and cells": specify(n=2, classes=2, grid=(2, 2)),
    },
    general={
        "more rows than columns": specify(1, grid=(3, 1)),
        "another coord_weight": specify(1, coord_weight=2.0),
        "a coord_weight of 0": specify(1, coord_weight=0.0),
        "another noobj_weight": specify(1, noobj_weight=0.25),
        "a noobj_weight of 0": specify(1, noobj_weight=0.0),
        "other weights": specify(1, coord_weight=1.0, noobj_weight=1.5),
        "large predictions": specify(scale=3000.0),
        "small predictions": specify(1, scale=2.0**-10),
        "a mask of bools": specify(1, mask_dtype="bool"),
        "a mask of float64": specify(1, mask_dtype="float64"),
        "boxes that must be ignored": _make_ignored("boxes", -1.0),
        "boxes that are no numbers and must be ignored": _make_ignored("boxes", np.nan),
        "classes that must be ignored": _make_ignored("classes", -1),
        "classes that do not exist and must be ignored": _make_ignored("classes", 99),
    },
    tolerance=ROUNDED,
    properties=(
        Property("another coord_weight", "option", "coord_weight", lambda spec: "coord_weight" in spec.options),
        Property("another noobj_weight", "option", "noobj_weight", lambda spec: "noobj_weight" in spec.options),
        Property("more than one image", "reduction", "batch", lambda spec: spec.shapes["pred"][0] > 1),
        Property("no object anywhere", "mask", "no object", lambda spec: spec.draws["mask"] is draw_nowhere),
        Property("more than one class", "geometry", "classes", lambda spec: spec.shapes["pred"][1] > 6),
        Property(
            "different numbers of rows and columns",
            "geometry",
            "grid",
            lambda spec: len(set(spec.shapes["mask"][1:])) > 1,
        ),
    ),
    quantities=lambda case: {
        "N": len(case.inputs["pred"]),
        "the number of cells of an image": case.inputs["mask"][0].size,
        "the number of cells": case.inputs["mask"].size,
        "coord_weight": case.options.get("coord_weight", 5.0),
        "noobj_weight": case.options.get("noobj_weight", 0.5),
    },
    sums=(Sum("dpred", list_terms),),
    rivals=RIVALS,
)

OPERATIONS = (YOLO_LOSS,)
