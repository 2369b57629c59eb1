"""Chapter 0: the first gradient. What is asked of first.py."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cnnlab.course.backward_exercise import define_operation
from cnnlab.course.cases.planning import Spec
from cnnlab.course.exercise import Operation
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Property, Rival

X = {"x": (3, 4)}


def _parts(case: Case) -> tuple[np.ndarray, np.ndarray]:
    return np.asarray(case.dy, np.float64), np.asarray(case.inputs["x"], np.float64)


def _local(case: Case, right) -> np.ndarray:
    return 2 * _parts(case)[1]


def _halve_slope(case: Case, right) -> np.ndarray:
    dy, x = _parts(case)
    return dy * x


def _square_x(case: Case, right) -> np.ndarray:
    dy, x = _parts(case)
    return dy * x**2


#: code, sentence, formula.
_MISTAKES: tuple[tuple[str, str, Callable[[Case, Callable], np.ndarray]], ...] = (
    (
        "formula",
        "dx is 2x + dy: by the chain rule the slope 2x is multiplied by dy.",
        lambda case, right: np.add(*_slope(case)),
    ),
    (
        "formula",
        "dx is 2 dy: the slope of x² is 2x, so the factor x, which is in the cache, is missing.",
        lambda case, right: 2 * _parts(case)[0],
    ),
    (
        "upstream",
        "dx has dy squared: it has one factor dy.",
        lambda case, right: 2 * _parts(case)[1] * _parts(case)[0] ** 2,
    ),
    (
        "formula",
        "dx takes |x| for x: where x is below 0 so is the slope, 2x.",
        lambda case, right: 2 * abs(_parts(case)[1]) * _parts(case)[0],
    ),
    ("formula", "dx is 2x² dy: the slope of x² is 2x.", lambda case, right: 2 * _parts(case)[1] ** 2 * _parts(case)[0]),
    (
        "formula",
        "dx is 3x² dy, the slope of x³: that of x² is 2x.",
        lambda case, right: 3 * _parts(case)[1] ** 2 * _parts(case)[0],
    ),
    (
        "formula",
        "dx is (2 + x) dy: the slope of x² is 2 times x.",
        lambda case, right: (2 + _parts(case)[1]) * _parts(case)[0],
    ),
    (
        "reduction",
        "dx has the sum of dy: each entry of x is multiplied by its own entry of dy.",
        lambda case, right: 2 * _parts(case)[1] * _parts(case)[0].sum(),
    ),
    ("upstream", "dx is dy: the slope 2x is missing.", lambda case, right: _parts(case)[0]),
)


def _slope(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """dy, and the slope that it is multiplied by."""
    dy, x = _parts(case)
    return dy, 2 * x


SQUARE = define_operation(
    "square",
    topic="first",
    chapter="ch00",
    points=2,
    where="chapter 0, the first gradient",
    hints=(
        "The chain rule: upstream gradient times local slope. What is the slope of x²?",
        "dy is the upstream gradient. Multiply each entry of it by the slope of x² at the same place.",
        "The slope of x² is 2x, and x is in the cache. Return a new array.",
    ),
    wrt={"dx": "x"},
    torch_forward=lambda x: x**2,
    base=Spec(X),
    core={
        "one entry": Spec({"x": (1,)}),
        "a vector": Spec({"x": (5,)}),
        "a square": Spec({"x": (3, 3)}),
        "images": Spec({"x": (2, 1, 3, 4)}),
        "entries of 0": Spec(X, values={"x": [[0.0, 1.0, -2.0, 0.0]] * 3}),
        "nothing above 0": Spec(X, values={"x": [[-1.0, -2.0, -3.0, -4.0]] * 3}),
    },
    general={
        "large numbers": Spec(X, scale=2.0**20),
        "tiny numbers": Spec(X, scale=2.0**-20),
    },
    properties=(
        Property(
            "nothing above 0", "mask", "x below 0", lambda spec: "x" in spec.values and np.max(spec.values["x"]) < 0
        ),
    ),
    rivals=(
        Rival(
            "dx",
            "upstream",
            "dx is 2x, the slope alone: the chain rule multiplies it with dy, the upstream gradient.",
            _local,
        ),
        Rival("dx", "formula", "dx is dy · x: the slope of x² is 2x, so a factor 2 is missing.", _halve_slope),
        Rival("dx", "formula", "dx is dy · x²: that is y times dy; the slope of x² is 2x.", _square_x),
        *(Rival("dx", code, sentence, compute) for code, sentence, compute in _MISTAKES),
    ),
)

OPERATIONS: tuple[Operation, ...] = (SQUARE,)
