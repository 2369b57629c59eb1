"""Chapter 4: softmax and gelu. The rest of what activations.py is asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cnnlab.course.backward_exercise import sizes_of_dy
from cnnlab.course.cases.planning import Spec
from cnnlab.course.topics.activation_pieces import (
    SATURATED,
    SATURATING,
    SHAPES,
    X,
    activation,
    read_x,
    use_normals,
)
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Property, Rival, Sum
from cnnlab.gradcheck.reference import pytorch


def _softmax(case: Case) -> np.ndarray:
    dim = case.options.get("dim", -1)
    e = np.exp(read_x(case) - read_x(case).max(axis=dim, keepdims=True))
    return e / e.sum(axis=dim, keepdims=True)


def _softmax_size(case: Case) -> dict[str, float]:
    return {**sizes_of_dy(case), "the number of classes": case.inputs["x"].shape[case.options.get("dim", -1)]}


def _last_class(case: Case, right):
    dy = np.zeros_like(case.dy)
    dim = case.options.get("dim", -1)
    np.moveaxis(dy, dim, 0)[-1] = np.moveaxis(np.asarray(case.dy), dim, 0)[-1]
    return right(replace(case, dy=dy))


def _weigh_and_sum(case: Case, dim: int) -> np.ndarray:
    return (np.asarray(case.dy, np.float64) * _softmax(case)).sum(axis=dim, keepdims=True)


SOFTMAX = activation(
    "softmax",
    points=4,
    where="chapter 4, steps 10 and 11",
    hints=(
        "Every output depends on every input along the axis. What is ∂y[j]/∂x[i] for i = j, and what for i ≠ j?",
        "Along the axis the Jacobian is diag(y) - y yᵀ. Multiply it by dy on paper, and simplify.",
        (
            "Each entry is y times what its dy is above the average of dy, with the weights y. keepdims=True keeps "
            "the axis."
        ),
    ),
    base=Spec(X, {"dim": -1}, "normals"),
    core={
        "one row": Spec({"x": (1, 5)}, {"dim": -1}, "normals"),
        "a vector": Spec({"x": (6,)}, {"dim": -1}, "normals"),
        "as many classes as rows": Spec({"x": (4, 4)}, {"dim": -1}, "normals"),
        "one class": Spec({"x": (3, 1)}, {"dim": -1}, "normals"),
        "two classes": Spec({"x": (5, 2)}, {"dim": -1}, "normals"),
        "large logits": Spec(X, {"dim": -1}, "normals", values={"x": [[1e4, 9999.0, -1e4, 0.0]] * 3}),
    },
    general={
        "dim 0": Spec(X, {"dim": 0}, "normals"),
        "dim 1 of images": Spec({"x": (2, 3, 4, 5)}, {"dim": 1}, "normals"),
        "logits whose square overflows": Spec(
            X, {"dim": -1}, "normals", values={"x": [[1e200, 1e160, -1e200, 0.0], [0.5, -1e160, 1.0, 0.0]]}
        ),
        "dim 0 of a square": Spec({"x": (4, 4)}, {"dim": 0}, "normals"),
    },
    properties=(
        Property("large logits", "stability", "large logits", lambda spec: "x" in spec.values),
        Property("another dim", "option", "dim", lambda spec: spec.options["dim"] != -1),
    ),
    quantities=_softmax_size,
    sums=(
        Sum(
            "dx",
            lambda case: {
                "y·dy": _softmax(case) * np.asarray(case.dy, np.float64),
                "−y·(sum of dy·y)": -_softmax(case) * _weigh_and_sum(case, case.options.get("dim", -1)),
            },
            lambda case: {"y": _softmax(case)},
        ),
    ),
    rivals=(
        Rival(
            "dx",
            "reduction",
            "dx sums dy·y over axis 0, whatever dim is: the sum runs along the axis of the classes, dim.",
            lambda case, right: _softmax(case) * (np.asarray(case.dy, np.float64) - _weigh_and_sum(case, 0)),
        ),
        Rival(
            "dx",
            "accumulate",
            "dx holds what the dy of the last class gives, and nothing of the others: = where += is needed.",
            _last_class,
        ),
        Rival(
            "dx",
            "option",
            "dx sums dy·y over the last axis, whatever dim is.",
            lambda case, right: _softmax(case) * (np.asarray(case.dy, np.float64) - _weigh_and_sum(case, -1)),
        ),
        Rival(
            "dx",
            "formula",
            "dx is y·dy − y²·(sum of dy): one y is that of each dy, inside the sum.",
            lambda case, right: (
                _softmax(case) * np.asarray(case.dy, np.float64)
                - _softmax(case) ** 2
                * np.asarray(case.dy, np.float64).sum(axis=case.options.get("dim", -1), keepdims=True)
            ),
        ),
        Rival(
            "dx",
            "formula",
            "dx has only the Jacobian's diagonal, y·(1 − y): each output depends on the other inputs of its axis too.",
            lambda case, right: np.asarray(case.dy) * _softmax(case) * (1 - _softmax(case)),
        ),
        Rival(
            "dx",
            "formula",
            "dx is y·dy: the second part of the Jacobian, −y yᵀ, is missing.",
            lambda case, right: np.asarray(case.dy) * _softmax(case),
        ),
        Rival(
            "dx",
            "formula",
            "dx is y·(dy − sum of dy): each dy in the sum is multiplied by its own y.",
            lambda case, right: (
                _softmax(case)
                * (np.asarray(case.dy) - np.asarray(case.dy).sum(axis=case.options.get("dim", -1), keepdims=True))
            ),
        ),
        Rival(
            "dx",
            "reduction",
            "dx takes one sum over the whole array: each sample has a sum of its own, along the axis of the classes.",
            lambda case, right: _softmax(case) * (np.asarray(case.dy) - np.sum(np.asarray(case.dy) * _softmax(case))),
        ),
    ),
)


def _gelu_t(case: Case) -> np.ndarray:
    x = read_x(case)
    return np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))


def _gelu_slope(case: Case, *, first: bool = True, inner: bool = True, three: float = 3.0) -> np.ndarray:
    """Return the slope of gelu. first, inner, three: parts that people leave out, and the 3 from x³."""
    x, t = read_x(case), _gelu_t(case)
    u_slope = np.sqrt(2 / np.pi) * (1 + three * 0.044715 * x**2) if inner else 1.0
    return (1 + t) / 2 * first + x / 2 * (1 - t**2) * u_slope


def _linear_slope(case: Case) -> np.ndarray:
    return np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * read_x(case))


def _torch_gelu(x, approximate="tanh"):
    return pytorch.functional("gelu")(x, approximate=approximate)


GELU = activation(
    "gelu",
    points=0,
    optional=True,
    where="chapter 4, step 12",
    hints=(
        "y is the product of x and (1 + t)/2, and both change with x: use the product rule.",
        "The first part of the slope is (1 + t)/2; the second is x/2 times the derivative of t, which is (1 − t²)·u'.",
        (
            "u = κ(x + γx³) with κ = sqrt(2/π) and γ = 0.044715, so u' = κ(1 + 3γx²). Add the two parts, and multiply "
            "by dy."
        ),
    ),
    base=Spec(X, numbers="normals"),
    core={**use_normals(SHAPES), **SATURATING},
    general={"approximate given": Spec(X, {"approximate": "tanh"}, "normals")},
    torch_forward=_torch_gelu,
    properties=(SATURATED,),
    sums=(
        Sum(
            "dx",
            lambda case: {
                "(1 + t)/2": np.asarray(case.dy) * (1 + _gelu_t(case)) / 2,
                "x/2·(1 − t²)·u'": np.asarray(case.dy) * _gelu_slope(case, first=False),
            },
            lambda case: {"t": _gelu_t(case)},
        ),
    ),
    rivals=(
        Rival(
            "dx",
            "formula",
            "dx is dy·(1 + t)/2: t moves with x too, and its share x/2·(1 − t²)·u' is missing.",
            lambda case, right: np.asarray(case.dy) * (1 + _gelu_t(case)) / 2,
        ),
        Rival(
            "dx",
            "formula",
            "dx lacks (1 + t)/2: y is x times (1 + t)/2, and x moves as well.",
            lambda case, right: np.asarray(case.dy) * _gelu_slope(case, first=False),
        ),
        Rival(
            "dx",
            "formula",
            "dx lacks the inner slope u' = sqrt(2/π)·(1 + 3·0.044715·x²) behind 1 − t².",
            lambda case, right: np.asarray(case.dy) * _gelu_slope(case, inner=False),
        ),
        Rival(
            "dx",
            "formula",
            "dx has 3·0.044715·x where 3·0.044715·x² belongs: the slope of x³ is 3·x².",
            lambda case, right: (
                np.asarray(case.dy)
                * ((1 + _gelu_t(case)) / 2 + read_x(case) / 2 * (1 - _gelu_t(case) ** 2) * _linear_slope(case))
            ),
        ),
        Rival(
            "dx",
            "formula",
            "dx has 0.044715·x² where 3·0.044715·x² belongs: the slope of x³ is 3·x².",
            lambda case, right: np.asarray(case.dy) * _gelu_slope(case, three=1.0),
        ),
        Rival(
            "dx",
            "formula",
            "dx has sqrt(2/π) for the inner slope u': the cube moves too, and u' is sqrt(2/π)·(1 + 3·0.044715·x²).",
            lambda case, right: np.asarray(case.dy) * _gelu_slope(case, three=0.0),
        ),
    ),
)
