"""Chapter 4: what all activations are judged with."""

from __future__ import annotations

from functools import partial

import numpy as np

from cnnlab.course.backward_exercise import define_operation
from cnnlab.course.cases.planning import Spec
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Property

activation = partial(define_operation, topic="activations", chapter="ch04", wrt={"dx": "x"})

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


def use_normals(table: dict[str, Spec]) -> dict[str, Spec]:
    """Return the same cases with numbers that do not saturate."""
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
LARGE = {"large numbers": Spec(X, scale=2.0**40), "tiny numbers": Spec(X, scale=2.0**-5)}

SATURATING = {
    "saturated entries": Spec(
        X,
        numbers="normals",
        values={"x": [[-1e4, -40.0, 40.0, 1e4], [-800.0, 0.0, 0.5, 800.0], [0.0, 1.0, -1.0, 2.0]]},
    )
}

#: The slope of gelu has an x² itself, and PyTorch's is NaN there.
OVERFLOWING = {
    "entries whose square overflows": Spec(
        X, numbers="normals", values={"x": [[1e200, -1e200, 0.5, -1.0], [1e160, 2.0, -1e160, 0.0]]}
    )
}


def read_x(case: Case) -> np.ndarray:
    """Return the input of a case in float64."""
    return np.asarray(case.inputs["x"], np.float64)
