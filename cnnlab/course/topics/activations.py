"""Chapter 4: activations. What is asked of activations.py."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from cnnlab.course.backward_exercise import define_operation
from cnnlab.course.cases.planning import Spec
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Freedom, Property, Rival
from cnnlab.gradcheck.reference import pytorch

X = {"x": (3, 4)}

SHAPES = {
    "one entry": Spec({"x": (1,)}),
    "a vector": Spec({"x": (7,)}),
    "images": Spec({"x": (2, 3, 4, 5)}),
}

NEGATIVE = Property(
    "nothing above 0", "mask", "x below 0", lambda spec: "x" in spec.values and np.max(spec.values["x"]) < 0
)
SATURATED = Property(
    "saturated entries",
    "stability",
    "saturated",
    lambda spec: "x" in spec.values and np.max(np.abs(spec.values["x"])) > 700,
)


def _smooth(table: dict[str, Spec]) -> dict[str, Spec]:
    """The same cases with numbers that do not saturate."""
    return {name: Spec(spec.shapes, spec.options, "normals") for name, spec in table.items()}


#: Entries on both sides of the kink and on it. The nearest are 2^-6 away: finite differences see no closer.
AT_THE_KINK = [[0.0, 1.0, -2.0, 0.0], [2.0**-6, -(2.0**-6), 3.0, -1.0], [0.0, -0.0, 5.0, -4.0]]

#: As near to 0 as numbers come in practice; no differences tell these slopes apart from those at a kink.
BESIDE_THE_KINK = [[2.0**-8, -(2.0**-8), 2.0**-12, -(2.0**-12)], [2.0**-20, -(2.0**-20), 2.0**-24, -(2.0**-24)]]

KINKED = {
    **SHAPES,
    "entries at 0 and beside it": Spec(X, values={"x": AT_THE_KINK}),
    "entries just above and below 0": Spec(X, values={"x": BESIDE_THE_KINK}),
    "nothing above 0": Spec(X, values={"x": [[-1.0, -2.0, -3.0, -4.0]] * 3}),
}
LARGE = {
    "large numbers": Spec(X, scale=2.0**40),
    "tiny numbers": Spec(X, scale=2.0**-5),
    "no samples": Spec({"x": (0, 4)}),
}

SATURATING = {
    "no samples": Spec({"x": (0, 4)}),
    "saturated entries": Spec(
        X,
        numbers="normals",
        values={"x": [[-1e4, -40.0, 40.0, 1e4], [-800.0, 0.0, 0.5, 800.0], [0.0, 1.0, -1.0, 2.0]]},
    ),
}

#: The slope of gelu has an x² itself, and PyTorch's is NaN there.
OVERFLOWING = {
    **SATURATING,
    "entries whose square overflows": Spec(
        X, numbers="normals", values={"x": [[1e200, -1e200, 0.5, -1.0], [1e160, 2.0, -1e160, 0.0]]}
    ),
}


def sub_gradients(slope_below: Callable[[Case], float]) -> Callable[[Case], dict[str, Freedom]]:
    """At x = 0 any slope between those on its two sides is right. slope_below: case -> the slope below 0."""

    def freedom(case: Case) -> dict[str, Freedom]:
        x, dy = case.inputs["x"], np.asarray(case.dy, np.float64)
        ends = np.stack([slope_below(case) * dy, dy])
        ends = np.where(x == 0, ends, np.nan)
        return {"dx": Freedom(ends.min(axis=0), ends.max(axis=0))}

    return freedom


def _x(case: Case) -> np.ndarray:
    return np.asarray(case.inputs["x"], np.float64)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(x / 2))


def _softmax(case: Case) -> np.ndarray:
    dim = case.options.get("dim", -1)
    e = np.exp(_x(case) - _x(case).max(axis=dim, keepdims=True))
    return e / e.sum(axis=dim, keepdims=True)


activation = partial(define_operation, topic="activations", chapter="ch04", wrt={"dx": "x"})


RELU = activation(
    "relu",
    chapter="ch00",
    points=2,
    where="chapter 0, step 4",
    hints=(
        "Where x is above 0, y moves with x. Where it is below, y does not move at all.",
        "dx is dy where x is above 0, and 0 elsewhere. At x = 0 either will do.",
        "One np.where over the cached x.",
    ),
    base=Spec(X),
    core=KINKED,
    general=LARGE,
    properties=(NEGATIVE,),
    freedom=sub_gradients(lambda case: 0.0),
    rivals=(
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
            lambda case, right: np.asarray(case.dy, float) * np.sign(_x(case)),
        ),
        Rival(
            "dx",
            "formula",
            "dx has y in place of the slope: it is dy times max(x, 0), and the slope above 0 is 1.",
            lambda case, right: right(case) * _x(case),
        ),
    ),
)

LEAKY_RELU = activation(
    "leaky_relu",
    points=2,
    where="chapter 4, step 4",
    hints=(
        "The two sides of 0 have two slopes. What are they?",
        "dx is dy where x is above 0, and negative_slope times dy elsewhere.",
        "One np.where over the cached x; negative_slope is in the cache.",
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
    rivals=(
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
            lambda case, right: np.where(_x(case) > 0, right(case), 0.0),
        ),
    ),
)

SIGMOID = activation(
    "sigmoid",
    points=2,
    where="chapter 4, step 5",
    hints=(
        "The cache holds y. Can the slope be written with y alone?",
        "With y = 1/(1 + exp(-x)), what is y times (1 - y)?",
        "dx = dy * y * (1 - y).",
    ),
    base=Spec(X, numbers="normals"),
    core=_smooth(SHAPES),
    general=OVERFLOWING,
    properties=(SATURATED,),
    rivals=(
        Rival(
            "dx",
            "formula",
            "dx has y where the slope y·(1 − y) belongs: the factor 1 − y is missing.",
            lambda case, right: np.asarray(case.dy) * _sigmoid(_x(case)),
        ),
        Rival(
            "dx",
            "formula",
            "dx has x·(1 − x) where y·(1 − y) belongs: the slope is written with the output.",
            lambda case, right: np.asarray(case.dy) * _x(case) * (1 - _x(case)),
        ),
        Rival(
            "dx",
            "formula",
            "dx applies sigmoid to y once more: the cache holds y already.",
            lambda case, right: np.asarray(case.dy) * _again(_sigmoid(_x(case))),
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
        "The cache holds y. Can the slope be written with y alone?",
        "cosh² - sinh² = 1. Divide by cosh².",
        "dx = dy * (1 - y**2).",
    ),
    base=Spec(X, numbers="normals"),
    core=_smooth(SHAPES),
    general=OVERFLOWING,
    properties=(SATURATED,),
    rivals=(
        Rival(
            "dx",
            "formula",
            "dx has 1 − x² where 1 − y² belongs: the slope is written with the output.",
            lambda case, right: np.asarray(case.dy) * (1 - _x(case) ** 2),
        ),
        Rival(
            "dx",
            "formula",
            "dx has 1 − y where 1 − y² belongs.",
            lambda case, right: np.asarray(case.dy) * (1 - np.tanh(_x(case))),
        ),
        Rival(
            "dx",
            "formula",
            "dx has y·(1 − y), the slope of sigmoid; that of tanh is 1 − y².",
            lambda case, right: np.asarray(case.dy) * np.tanh(_x(case)) * (1 - np.tanh(_x(case))),
        ),
    ),
)

SOFTMAX = activation(
    "softmax",
    points=4,
    where="chapter 4, steps 10 and 11",
    hints=(
        "Every output depends on every input of its axis: the Jacobian is full. What is ∂y[i]/∂x[j]?",
        "Along the axis the Jacobian is diag(y) - y yᵀ. Multiply it with dy without building it.",
        "dx = y * (dy - sum of dy * y along the axis); keep the axis in the sum.",
    ),
    base=Spec(X, {"dim": -1}, "normals"),
    core={
        "one row": Spec({"x": (1, 5)}, {"dim": -1}, "normals"),
        "a vector": Spec({"x": (6,)}, {"dim": -1}, "normals"),
        "as many classes as rows": Spec({"x": (4, 4)}, {"dim": -1}, "normals"),
        "one class": Spec({"x": (3, 1)}, {"dim": -1}, "normals"),
        "two classes": Spec({"x": (5, 2)}, {"dim": -1}, "normals"),
    },
    general={
        "dim 0": Spec(X, {"dim": 0}, "normals"),
        "dim 1 of images": Spec({"x": (2, 3, 4, 5)}, {"dim": 1}, "normals"),
        "no samples": Spec({"x": (0, 4)}, {"dim": -1}),
        "logits whose square overflows": Spec(
            X, {"dim": -1}, "normals", values={"x": [[1e200, 1e160, -1e200, 0.0], [0.5, -1e160, 1.0, 0.0]]}
        ),
        "dim 0 of a square": Spec({"x": (4, 4)}, {"dim": 0}, "normals"),
        "large logits": Spec(X, {"dim": -1}, "normals", values={"x": [[1e4, 9999.0, -1e4, 0.0]] * 3}),
    },
    properties=(
        Property("large logits", "stability", "large logits", lambda spec: "x" in spec.values),
        Property("another dim", "option", "dim", lambda spec: spec.options["dim"] != -1),
    ),
    rivals=(
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
            "dx is y·(dy − sum of dy): each dy in the sum is weighed by its own y.",
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
    x = _x(case)
    return np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))


def _gelu_slope(case: Case, *, first: bool = True, inner: bool = True, three: float = 3.0) -> np.ndarray:
    """Return the slope of gelu. first, inner, three: parts that people leave out, and the 3 from x³."""
    x, t = _x(case), _gelu_t(case)
    u_slope = np.sqrt(2 / np.pi) * (1 + three * 0.044715 * x**2) if inner else 1.0
    return (1 + t) / 2 * first + x / 2 * (1 - t**2) * u_slope


def _torch_gelu(x, approximate="tanh"):
    return pytorch.functional("gelu")(x, approximate=approximate)


GELU = activation(
    "gelu",
    points=0,
    optional=True,
    where="chapter 4, step 12",
    hints=(
        "y is a product of x and (1 + t)/2, and both move with x.",
        "The first part of the slope is (1 + t)/2, the second x/2 times the slope of t, which is (1 − t²) times u'.",
        "u' = sqrt(2/pi) * (1 + 3 * 0.044715 * x**2); dx = dy * ((1 + t) / 2 + x / 2 * (1 - t**2) * u').",
    ),
    base=Spec(X, numbers="normals"),
    core=_smooth(SHAPES),
    general={"approximate given": Spec(X, {"approximate": "tanh"}, "normals"), **SATURATING},
    torch_forward=_torch_gelu,
    properties=(SATURATED,),
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
            "dx has 0.044715·x² where 3·0.044715·x² belongs: the slope of x³ is 3·x².",
            lambda case, right: np.asarray(case.dy) * _gelu_slope(case, three=1.0),
        ),
    ),
)

OPERATIONS = (RELU, LEAKY_RELU, SIGMOID, TANH, SOFTMAX, GELU)
