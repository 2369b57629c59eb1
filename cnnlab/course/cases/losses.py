"""The cases of losses: a value and a target, and what becomes of the losses."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from cnnlab.course.cases.planning import Spec
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Property

SUM = Property("reduction sum", "option", "reduction", lambda spec: spec.options.get("reduction") == "sum")
NONE = Property("reduction none", "option", "reduction", lambda spec: spec.options.get("reduction") == "none")
OTHER = Property(
    "a reduction that is not the mean",
    "option",
    "reduction",
    lambda spec: spec.options.get("reduction", "mean") != "mean",
)
ONE_BY_ONE = Property("more than one sample", "reduction", "batch", lambda spec: prod(spec.shapes["target"]) > 1)


def classes(shape: tuple[int, ...] = (4, 3), reduction: str | None = None, scale: float = 1.0, **more: Any) -> Spec:
    """Return logits of this shape and a random target."""
    n, count, *positions = shape
    return Spec(
        {"logits": shape, "target": (n, *positions)},
        {"reduction": reduction} if reduction else {},
        "normals",
        draws={
            "target": lambda rng, size: rng.integers(0, count, size),
            "logits": lambda rng, size: scale * rng.standard_normal(size),
        },
        **more,
    )


def entries(
    first: str,
    shape: tuple[int, ...] = (4, 3),
    reduction: str | None = None,
    *,
    numbers: str = "normals",
    **more: Any,
) -> Spec:
    """Return two arrays of this shape; its properties follow from it."""
    options = {**more.pop("options", {}), **({"reduction": reduction} if reduction else {})}
    return Spec({first: shape, "target": shape}, options, numbers, **more)


def shapes(first: str, **more: Any) -> dict[str, Spec]:
    """Return the same case in other shapes."""
    return {
        "one entry": entries(first, (1,), **more),
        "a vector": entries(first, (5,), **more),
        "one sample": entries(first, (1, 3), **more),
        "as many entries as samples": entries(first, (3, 3), **more),
        "images": entries(first, (2, 3, 2, 2), **more),
    }


def reductions(first: str, **more: Any) -> dict[str, Spec]:
    """Return the same case with every reduction said."""
    return {
        "reduction mean, said": entries(first, reduction="mean", **more),
        "reduction sum": entries(first, reduction="sum", **more),
        "reduction none": entries(first, reduction="none", **more),
        "images, reduction none": entries(first, (2, 3, 2, 2), "none", **more),
    }


NEAR, FAR = "nothing as far as beta", "everything beyond beta"


def distances(low: float, high: float) -> dict[str, Any]:
    """Return a pred between low and high away from a target of zeros, on either side."""
    return {
        "pred": lambda rng, size: rng.uniform(low, high, size) * rng.choice([-1.0, 1.0], size),
        "target": lambda rng, size: np.zeros(size),
    }


def each(case: Case) -> np.ndarray:
    """Return the upstream gradient of each of the losses."""
    target, dy = case.inputs["target"], np.asarray(case.dy, np.float64)
    mean = case.options.get("reduction", "mean") == "mean"
    return np.broadcast_to(dy / target.size if mean else dy, target.shape)


def first(case: Case) -> np.ndarray:
    return np.asarray(next(iter(case.inputs.values())), np.float64)


def target(case: Case) -> np.ndarray:
    return np.asarray(case.inputs["target"], np.float64)
