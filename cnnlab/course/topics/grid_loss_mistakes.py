"""Chapter 15: wrong gradients of the grid loss, its four parts with one piece exchanged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Rival

#: The channels of pred.
CENTRE, SIZE, OBJECT, CLASSES = slice(0, 2), slice(2, 4), slice(4, 5), slice(5, None)


# Wrong gradients: the four parts, with one piece exchanged.


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(x / 2))


def _softmax(logits: np.ndarray, axis: int = 1) -> np.ndarray:
    e = np.exp(logits - logits.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _read(case: Case) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return pred, the boxes with 0 where there is no object, the one-hot classes, and the mask, (N, 1, S, S)."""
    pred, boxes = (np.asarray(case.inputs[name], np.float64) for name in ("pred", "boxes"))
    m = np.asarray(case.inputs["mask"], np.float64)[:, None]
    one_hot = np.arange(pred.shape[1] - 5)[None, :, None, None] == case.inputs["classes"][:, None]
    return pred, np.where(m > 0, boxes, 0), one_hot * 1.0, m


def derive(
    case: Case,
    *,
    centre: Callable = lambda p, x: 2 * (sigmoid(p) - x) * sigmoid(p) * (1 - sigmoid(p)),
    size: Callable = lambda p, w: 2 * (p - np.sqrt(w)),
    objectness: Callable = lambda p, m: sigmoid(p) - m,
    classes: Callable = lambda p, t: _softmax(p) - t,
    box_mask: Callable = lambda m: m,
    class_mask: Callable = lambda m: m,
    object_weight: Callable = lambda m, noobj: m + noobj * (1 - m),
    coord_weight: float | None = None,
    noobj_weight: float | None = None,
    n: Callable[[Case], float | np.ndarray] = lambda case: len(case.inputs["pred"]),
) -> np.ndarray:
    """Return the gradient of pred, the right one or with pieces exchanged."""
    pred, boxes, one_hot, m = _read(case)
    coord = case.options.get("coord_weight", 5.0) if coord_weight is None else coord_weight
    noobj = case.options.get("noobj_weight", 0.5) if noobj_weight is None else noobj_weight
    parts = (
        box_mask(m) * coord * centre(pred[:, CENTRE], boxes[:, :2]),
        box_mask(m) * coord * size(pred[:, SIZE], boxes[:, 2:]),
        object_weight(m, noobj) * objectness(pred[:, OBJECT], m),
        class_mask(m) * classes(pred[:, CLASSES], one_hot),
    )
    with np.errstate(divide="ignore", invalid="ignore"):  # n may be 0
        return np.concatenate(parts, axis=1) * float(case.dy) / n(case)


def _count_objects(case: Case) -> int:
    return int(case.inputs["mask"].sum())


def _count_objects_by_image(case: Case) -> np.ndarray:
    return np.maximum(case.inputs["mask"].astype(np.int64).sum(axis=(1, 2)), 1)[:, None, None, None]


def _divide_by_objects(m: np.ndarray) -> np.ndarray:
    """Return the mask that turns a division by N into one by the number of objects."""
    return m * len(m) / max(m.sum(), 1)


def _make_rival(code: str, sentence: str, **pieces: Any) -> Rival:
    return Rival("dpred", code, sentence, lambda case, right: derive(case, **pieces))


RIVALS = (
    _make_rival(
        "mask",
        "dpred of the box is not masked: a cell without an object has no box to be compared with, and gets 0 there.",
        box_mask=np.ones_like,
    ),
    _make_rival(
        "mask",
        "dpred of the classes is p − one-hot in every cell: a cell without an object has no class, and gets 0 there.",
        class_mask=np.ones_like,
    ),
    _make_rival(
        "mask",
        "dpred of the box and of the classes is not masked: a cell without an object gets 0 in both.",
        box_mask=np.ones_like,
        class_mask=np.ones_like,
    ),
    _make_rival(
        "mask",
        "dpred of objectness is 0 in cells without an object: they are to say that there is none, with the weight "
        "noobj_weight.",
        object_weight=lambda m, noobj: m,
    ),
    _make_rival(
        "formula",
        "dpred leaves out noobj_weight: objectness counts less in cells without an object.",
        noobj_weight=1.0,
    ),
    _make_rival(
        "formula",
        "dpred has noobj_weight in every cell: where there is an object, objectness counts with 1.",
        object_weight=lambda m, noobj: noobj + 0 * m,
    ),
    _make_rival(
        "formula",
        "dpred has noobj_weight where there is an object and 1 elsewhere: it is the other way round.",
        object_weight=lambda m, noobj: noobj * m + 1 - m,
    ),
    _make_rival(
        "formula",
        "dpred leaves out coord_weight: the four parts of the box are multiplied by it.",
        coord_weight=1.0,
    ),
    _make_rival(
        "formula",
        "dpred compares pw and ph with w and h: the network predicts their roots.",
        size=lambda p, w: 2 * (p - w),
    ),
    _make_rival(
        "formula",
        "dpred compares pw² and ph² with w and h, and multiplies by the slope 2·pw: the loss compares pw with √w.",
        size=lambda p, w: 4 * (p**2 - w) * p,
    ),
    _make_rival(
        "formula",
        "dpred takes the sigmoid of pw and ph as well: only px and py go through it.",
        size=lambda p, w: 2 * (sigmoid(p) - np.sqrt(w)) * sigmoid(p) * (1 - sigmoid(p)),
    ),
    _make_rival(
        "formula",
        "dpred of pw and ph has the slope of the sigmoid, σ (1 − σ): only px and py go through a sigmoid.",
        size=lambda p, w: 2 * (p - np.sqrt(w)) * sigmoid(p) * (1 - sigmoid(p)),
    ),
    _make_rival(
        "formula",
        "dpred of px and py leaves out the slope of the sigmoid, σ (1 − σ).",
        centre=lambda p, x: 2 * (sigmoid(p) - x),
    ),
    _make_rival(
        "formula",
        "dpred of px and py leaves out the sigmoid: the centre is σ(px), not px.",
        centre=lambda p, x: 2 * (p - x),
    ),
    _make_rival(
        "formula",
        "dpred of px and py has px (1 − px) for the slope of the sigmoid: it is σ (1 − σ), with σ(px) and not px.",
        centre=lambda p, x: 2 * (sigmoid(p) - x) * p * (1 - p),
    ),
    _make_rival(
        "transpose",
        "dpred compares σ(px) with y and σ(py) with x: boxes[:, 0] is x, and boxes[:, 1] is y.",
        centre=lambda p, x: 2 * (sigmoid(p) - x[:, ::-1]) * sigmoid(p) * (1 - sigmoid(p)),
    ),
    _make_rival(
        "transpose",
        "dpred compares pw with √h and ph with √w: boxes[:, 2] is w, and boxes[:, 3] is h.",
        size=lambda p, w: 2 * (p - np.sqrt(w[:, ::-1])),
    ),
    _make_rival(
        "formula",
        "dpred of px and py has the slope of the sigmoid at the wanted x, x (1 − x): it is that at σ(px).",
        centre=lambda p, x: 2 * (sigmoid(p) - x) * x * (1 - x),
    ),
    _make_rival(
        "scale",
        "dpred of the box leaves out the 2 that comes from the square.",
        centre=lambda p, x: (sigmoid(p) - x) * sigmoid(p) * (1 - sigmoid(p)),
        size=lambda p, w: p - np.sqrt(w),
    ),
    _make_rival(
        "scale",
        "dpred of px and py leaves out the 2 that comes from the square.",
        centre=lambda p, x: (sigmoid(p) - x) * sigmoid(p) * (1 - sigmoid(p)),
    ),
    _make_rival(
        "scale",
        "dpred of pw and ph leaves out the 2 that comes from the square.",
        size=lambda p, w: p - np.sqrt(w),
    ),
    _make_rival(
        "scale",
        "dpred is not divided by N, the number of images: the loss is a mean over them.",
        n=lambda case: 1,
    ),
    _make_rival(
        "scale",
        "dpred is divided by the number of all cells: the loss is a sum over the cells and a mean over the images.",
        n=lambda case: case.inputs["mask"].size,
    ),
    _make_rival(
        "scale",
        "dpred is divided by the number of objects: the loss is a sum over the cells and a mean over the images.",
        n=lambda case: max(_count_objects(case), 1),
    ),
    _make_rival(
        "scale",
        "dpred is divided by the number of objects: the loss is a sum over the cells and a mean over the images.",
        n=lambda case: np.float64(_count_objects(case)),  # NaN or infinity where there are none
    ),
    _make_rival(
        "scale",
        "dpred is divided by the number of objects in each image: the loss is a sum over the cells and a mean over "
        "the images.",
        n=_count_objects_by_image,
    ),
    _make_rival(
        "scale",
        "dpred is divided by the number of objects in each image, and by N: the loss is a sum over the cells and a "
        "mean over the images.",
        n=lambda case: len(case.inputs["pred"]) * _count_objects_by_image(case),
    ),
    _make_rival(
        "scale",
        "dpred of the box is divided by the number of objects: every part of the loss is divided by N.",
        box_mask=_divide_by_objects,
    ),
    _make_rival(
        "scale",
        "dpred of the box and of the classes is divided by the number of objects: every part of the loss is divided "
        "by N.",
        box_mask=_divide_by_objects,
        class_mask=_divide_by_objects,
    ),
    _make_rival(
        "formula",
        "dpred of objectness has the slope of the sigmoid too: in σ(po) − m it has cancelled already.",
        objectness=lambda p, m: (sigmoid(p) - m) * sigmoid(p) * (1 - sigmoid(p)),
    ),
    _make_rival(
        "formula",
        "dpred of objectness is the gradient of (σ(po) − m)²: the loss takes the cross-entropy, whose gradient is "
        "σ(po) − m.",
        objectness=lambda p, m: 2 * (sigmoid(p) - m) * sigmoid(p) * (1 - sigmoid(p)),
    ),
    _make_rival(
        "formula",
        "dpred of objectness is po − m: the sigmoid is missing.",
        objectness=lambda p, m: p - m,
    ),
    _make_rival(
        "formula",
        "dpred of the classes is p: the 1 at the right class is not subtracted.",
        classes=lambda p, t: _softmax(p),
    ),
    _make_rival(
        "formula",
        "dpred of the classes takes a sigmoid of each logit: the classes share a softmax.",
        classes=lambda p, t: sigmoid(p) - t,
    ),
    _make_rival(
        "reduction",
        "dpred of the classes takes the softmax over the images: the probabilities of a cell, along axis 1, add up "
        "to 1.",
        classes=lambda p, t: _softmax(p, 0) - t,
    ),
    _make_rival(
        "formula",
        "dpred multiplies the classes by coord_weight: only the parts of the box have it.",
        class_mask=lambda m: 5.0 * m,
    ),
)


def list_terms(case: Case) -> dict[str, np.ndarray]:
    """The four parts of the gradient, each 0 in the channels of the others."""
    zero = lambda *given: 0 * given[0]  # noqa: E731
    without: dict[str, Any] = {"centre": zero, "size": zero, "objectness": zero, "classes": zero}
    names = {
        "centre": "the part of the centre",
        "size": "the part of width and height",
        "objectness": "the part of objectness",
        "classes": "the part of the classes",
    }
    return {
        words: derive(case, **{key: value for key, value in without.items() if key != name})
        for name, words in names.items()
    }
