"""Chapter 4: activations. What is asked of activations.py."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cnnlab.course.cases.planning import Spec
from cnnlab.course.topics import soft_activations
from cnnlab.course.topics.activation_pieces import (
    KINKED,
    LARGE,
    NEGATIVE,
    OVERFLOWING,
    SATURATED,
    SATURATING,
    SHAPES,
    X,
    activation,
    read_x,
    use_normals,
)
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Freedom, Property, Rival, Sum


def sub_gradients(slope_below: Callable[[Case], float]) -> Callable[[Case], dict[str, Freedom]]:
    """At x = 0 any slope between those on its two sides is right. slope_below: case -> the slope below 0."""

    def freedom(case: Case) -> dict[str, Freedom]:
        x, dy = case.inputs["x"], np.asarray(case.dy, np.float64)
        ends = np.stack([slope_below(case) * dy, dy])
        ends = np.where(x == 0, ends, np.nan)
        return {"dx": Freedom(ends.min(axis=0), ends.max(axis=0))}

    return freedom


def _negative_slope(case: Case) -> float:
    return case.options.get("negative_slope", 0.01)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(x / 2))


RELU = activation(
    "relu",
    chapter="ch00",
    formerly="ch04",
    points=2,
    where="chapter 0, step 4",
    hints=(
        (
            "Where x is above 0, y moves exactly as x does. Where x is below 0, y does not move. What is the slope on "
            "either side?"
        ),
        "The slope is 1 or 0, so each entry of dx is dy or 0. Which of the two it is depends on x alone, not on dy.",
        (
            "np.where(condition, a, b) chooses entry by entry; the condition is about cache.x. At x = 0 both answers "
            "are right."
        ),
    ),
    base=Spec(X),
    core=KINKED,
    general=LARGE,
    properties=(NEGATIVE,),
    freedom=sub_gradients(lambda case: 0.0),
    rivals=(
        Rival(
            "dx",
            "formula",
            "dx is dy·x: the slope of relu is 1 above 0 and 0 below, and x is not a factor.",
            lambda case, right: np.asarray(case.dy, float) * read_x(case),
        ),
        Rival(
            "dx",
            "mask",
            "dx lets through where dy is above 0: the mask is of x, as in the forward pass, and dy keeps its sign.",
            lambda case, right: np.maximum(np.asarray(case.dy, float), 0.0),
        ),
        Rival(
            "dx",
            "mask",
            "dx lets through where dy is above 0 as well as x; the mask is of x alone, and dy keeps its sign.",
            lambda case, right: np.where(np.asarray(case.dy) > 0, right(case), 0.0),
        ),
        Rival(
            "dx",
            "mask",
            "dx lets dy through where x is below 0 and stops it where x is above: the mask is the wrong way round.",
            lambda case, right: np.asarray(case.dy, float) - right(case),
        ),
        Rival(
            "dx",
            "mask",
            "dx passes every entry of dy; where x is below 0, y does not move, and nothing comes back.",
            lambda case, right: np.asarray(case.dy, float),
        ),
        Rival(
            "dx",
            "mask",
            "dx is dy times the sign of x: below 0 the slope is 0 and not −1.",
            lambda case, right: np.asarray(case.dy, float) * np.sign(read_x(case)),
        ),
        Rival(
            "dx",
            "formula",
            "dx has y in place of the slope: it is dy times max(x, 0), and the slope above 0 is 1.",
            lambda case, right: right(case) * read_x(case),
        ),
    ),
)

LEAKY_RELU = activation(
    "leaky_relu",
    points=2,
    where="chapter 4, step 4",
    hints=(
        "It is relu with another slope below 0. What are the slopes on the two sides?",
        "Above 0 the slope is 1, below 0 it is negative_slope. dy is multiplied by one or by the other.",
        "As in relu, np.where with a condition on cache.x; negative_slope is in the cache too.",
    ),
    base=Spec(X, {"negative_slope": 0.25}),
    core={n: Spec(s.shapes, {"negative_slope": 0.25}, values=s.values) for n, s in KINKED.items()},
    general={
        "negative_slope 0.5": Spec(X, {"negative_slope": 0.5}),
        "negative_slope left out": Spec(X, numbers="normals"),
        "negative_slope 0": Spec(X, {"negative_slope": 0.0}),
        "negative_slope 2": Spec(X, {"negative_slope": 2.0}),
        "negative_slope −0.5": Spec(X, {"negative_slope": -0.5}),
        **{n: Spec(s.shapes, {"negative_slope": 0.25}, scale=s.scale) for n, s in LARGE.items()},
    },
    properties=(
        NEGATIVE,
        Property(
            "another negative_slope",
            "option",
            "negative_slope",
            lambda spec: spec.options.get("negative_slope") != 0.25,
        ),
    ),
    freedom=sub_gradients(lambda case: case.options.get("negative_slope", 0.01)),
    sums=(
        Sum(
            "dx",
            lambda case: {
                "dy where x is above 0": np.where(read_x(case) > 0, np.asarray(case.dy, float), 0.0),
                "negative_slope·dy where x is below 0": np.where(
                    read_x(case) > 0, 0.0, _negative_slope(case) * case.dy
                ),
            },
            lambda case: {"negative_slope": np.asarray(_negative_slope(case))},
        ),
    ),
    rivals=(
        Rival(
            "dx",
            "mask",
            "dx takes negative_slope where dy is below 0: which slope it is depends on x alone.",
            lambda case, right: (
                np.asarray(case.dy, float) * np.where(np.asarray(case.dy) > 0, 1, _negative_slope(case))
            ),
        ),
        Rival(
            "dx",
            "mask",
            "dx is negative_slope times dy everywhere: above 0 the slope is 1.",
            lambda case, right: np.asarray(case.dy, float) * _negative_slope(case),
        ),
        Rival(
            "dx",
            "mask",
            "dx has the two slopes exchanged: negative_slope belongs where x is below 0.",
            lambda case, right: np.asarray(case.dy, float) * np.where(read_x(case) > 0, _negative_slope(case), 1),
        ),
        Rival(
            "dx",
            "mask",
            "dx passes every entry of dy whole; below 0 the slope is negative_slope.",
            lambda case, right: np.asarray(case.dy, float),
        ),
        Rival(
            "dx",
            "mask",
            "dx is 0 where x is below 0, as in relu; the leak is missing.",
            lambda case, right: np.where(read_x(case) > 0, right(case), 0.0),
        ),
    ),
)

SIGMOID = activation(
    "sigmoid",
    points=2,
    where="chapter 4, step 5",
    hints=(
        "The cache holds y and not x. Can the slope be written with y alone?",
        "With y = 1/(1 + exp(-x)), what is 1 - y? Multiply the two, and compare with the derivative of y.",
        "The slope is y(1 - y). Multiply dy by it, entry by entry.",
    ),
    base=Spec(X, numbers="normals"),
    core={**use_normals(SHAPES), **SATURATING},
    general=OVERFLOWING,
    properties=(SATURATED,),
    rivals=(
        Rival(
            "dx",
            "formula",
            "dx has 1 − y², the slope of tanh; that of sigmoid is y·(1 − y).",
            lambda case, right: np.asarray(case.dy) * (1 - _sigmoid(read_x(case)) ** 2),
        ),
        Rival(
            "dx",
            "formula",
            "dx has dy in the place of y: it is dy·(1 − dy), and the slope is y·(1 − y).",
            lambda case, right: np.asarray(case.dy) * (1 - np.asarray(case.dy)),
        ),
        Rival(
            "dx",
            "formula",
            "dx has y where the slope y·(1 − y) belongs: the factor 1 − y is missing.",
            lambda case, right: np.asarray(case.dy) * _sigmoid(read_x(case)),
        ),
        Rival(
            "dx",
            "formula",
            "dx has x·(1 − x) where y·(1 − y) belongs: the slope is written with the output.",
            lambda case, right: np.asarray(case.dy) * read_x(case) * (1 - read_x(case)),
        ),
        Rival(
            "dx",
            "formula",
            "dx applies sigmoid to y once more: the cache holds y already.",
            lambda case, right: np.asarray(case.dy) * _again(_sigmoid(read_x(case))),
        ),
    ),
)


def _again(y: np.ndarray) -> np.ndarray:
    return _sigmoid(y) * (1 - _sigmoid(y))


TANH = activation(
    "tanh",
    points=2,
    where="chapter 4, step 6",
    hints=(
        "The cache holds y and not x. Can the slope be written with y alone?",
        "tanh x = (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ). The quotient rule gives 1 minus a square. The square of what?",
        "The slope is 1 - y². Multiply dy by it, entry by entry.",
    ),
    base=Spec(X, numbers="normals"),
    core={**use_normals(SHAPES), **SATURATING},
    general=OVERFLOWING,
    properties=(SATURATED,),
    rivals=(
        Rival(
            "dx",
            "formula",
            "dx has 1 − x² where 1 − y² belongs: the slope is written with the output.",
            lambda case, right: np.asarray(case.dy) * (1 - read_x(case) ** 2),
        ),
        Rival(
            "dx",
            "formula",
            "dx has (1 − y)² where 1 − y² belongs: the square is of y alone.",
            lambda case, right: np.asarray(case.dy) * (1 - np.tanh(read_x(case))) ** 2,
        ),
        Rival(
            "dx",
            "formula",
            "dx has 1 − 2y where 1 − y² belongs: the square is there, not its derivative.",
            lambda case, right: np.asarray(case.dy) * (1 - 2 * np.tanh(read_x(case))),
        ),
        Rival(
            "dx",
            "formula",
            "dx is dy − y²: dy multiplies the whole of 1 − y².",
            lambda case, right: np.asarray(case.dy) - np.tanh(read_x(case)) ** 2,
        ),
        Rival(
            "dx",
            "formula",
            "dx applies tanh to y once more: the cache holds y already.",
            lambda case, right: np.asarray(case.dy) * (1 - np.tanh(np.tanh(read_x(case))) ** 2),
        ),
        Rival(
            "dx",
            "formula",
            "dx has 1 − y where 1 − y² belongs.",
            lambda case, right: np.asarray(case.dy) * (1 - np.tanh(read_x(case))),
        ),
        Rival(
            "dx",
            "formula",
            "dx has y·(1 − y), the slope of sigmoid; that of tanh is 1 − y².",
            lambda case, right: np.asarray(case.dy) * np.tanh(read_x(case)) * (1 - np.tanh(read_x(case))),
        ),
    ),
)


OPERATIONS = (RELU, LEAKY_RELU, SIGMOID, TANH, soft_activations.SOFTMAX, soft_activations.GELU)
