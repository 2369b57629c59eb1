"""The cases of chapter 3: functions by their names, with steps that are powers of two so that differences are exact."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cnnlab.course.cases.planning import LAYOUT, labels_of
from cnnlab.gradcheck.case import CORE, EXACT, GENERAL, Case, Stage, generator, integers, normals
from cnnlab.gradcheck.problem import Property
from cnnlab.gradcheck.runner import named_functions
from cnnlab.gradcheck.runner.snapshot import Layout


@dataclass(frozen=True)
class Nudged:
    """A function, where it is to be differentiated, and how. values: x, where it is not drawn."""

    f: str
    shape: tuple[int, ...]
    options: dict[str, float] = field(default_factory=lambda: {"h": 0.25})
    numbers: str = "integers"
    dtype: str = "float64"
    layout: Layout = "plain"
    tolerance: float = EXACT
    values: Any = None


MIXED = Property(
    "outputs that use several entries",
    "accumulate",
    "several entries in one output",
    lambda one: one.f in ("neighbours", "row_sums", "products", "matrix", "total"),
)
OTHER_SHAPE = Property(
    "an output of another shape than x",
    "geometry",
    "shape of y",
    lambda one: one.f in ("row_sums", "products", "matrix", "total"),
)
STEP = Property("another step", "option", "h", lambda one: one.options.get("h") not in (0.25, None))
FLOAT32 = Property("float32", "precision", "float32", lambda one: one.dtype == "float32")

WHOLE = Property("whole numbers in x", "dtype", "whole numbers", lambda one: one.dtype == "int64")
VIEW = Property(
    "a function that returns its argument or a view of it",
    "mutation",
    "a view",
    lambda one: one.f in ("same", "backwards"),
)

DIRECTION_PROPERTIES = (VIEW, LAYOUT, WHOLE, STEP, OTHER_SHAPE, MIXED)
VJP_PROPERTIES = (FLOAT32, *DIRECTION_PROPERTIES)

#: By how much a difference with the step 1e-5 is off: rounding near 1e-10. One-sided it is off by 1e-5.
SMALL_STEP = 1e-8

TABLE: dict[str, tuple[Stage, Nudged]] = {
    "a vector": (CORE, Nudged("square", (4,))),
    "cubes": (CORE, Nudged("cube", (3, 4))),
    "one entry": (CORE, Nudged("cube", (1,))),
    "each output uses two entries": (CORE, Nudged("neighbours", (2, 3))),
    "one output for each row": (CORE, Nudged("row_sums", (3, 2))),
    "one number comes out": (CORE, Nudged("total", (2, 3))),
    "more comes out than goes in": (CORE, Nudged("products", (3,))),
    "a linear function": (CORE, Nudged("matrix", (2, 3))),
    "a larger step": (CORE, Nudged("cube", (2, 3), {"h": 1.0})),
    "a smaller step": (CORE, Nudged("cube", (2, 3), {"h": 2.0**-6})),
    "the usual step": (CORE, Nudged("sine", (3, 2), {}, numbers="normals", tolerance=SMALL_STEP)),
    "images": (GENERAL, Nudged("neighbours", (2, 1, 2, 3))),
    "a number without axes": (GENERAL, Nudged("cube", ())),
    "a kink in reach": (GENERAL, Nudged("absolute", (4,), {"h": 0.5}, values=[0.25, 0.0, -0.125, 3.0])),
    "float32": (
        GENERAL,
        Nudged("sine", (3, 4), {"h": 2.0**-14}, numbers="normals", dtype="float32", tolerance=SMALL_STEP),
    ),
    "whole numbers in x": (
        GENERAL,
        Nudged(
            "sine", (2, 3), {}, numbers="normals", dtype="int64", tolerance=SMALL_STEP, values=[[1, -2, 3], [4, 0, 6]]
        ),
    ),
    "a function that returns its argument": (GENERAL, Nudged("same", (2, 3))),
    "a function that returns a view of its argument": (GENERAL, Nudged("backwards", (3, 2))),
    "arrays in column order": (GENERAL, Nudged("neighbours", (2, 3), layout="fortran")),
    "read-only arrays": (GENERAL, Nudged("cube", (2, 3), layout="read-only")),
    "arrays with gaps in memory": (GENERAL, Nudged("neighbours", (2, 3), layout="strided")),
}


def plan_vjp_cases(seed: int) -> tuple[Case, ...]:
    """Return the cases of numerical_vjp."""
    return tuple(_case(name, stage, one, seed, directed=False) for name, (stage, one) in TABLE.items())


def plan_directional_cases(seed: int) -> tuple[Case, ...]:
    """Return the cases of directional_check: those of numerical_vjp without float32, which rounds the step itself."""
    wanted = {name: pair for name, pair in TABLE.items() if pair[1].dtype != "float32"}
    return tuple(_case(name, stage, one, seed, directed=True) for name, (stage, one) in wanted.items())


def _case(name: str, stage: Stage, one: Nudged, seed: int, directed: bool) -> Case:
    rng = generator(seed, name)
    draw = normals if one.numbers == "normals" else integers
    x = np.asarray(draw(rng, one.shape) if one.values is None else one.values, one.dtype)
    dy = np.asarray(draw(rng, np.shape(named_functions.get_function(one.f)(x)))).astype(
        "float32" if one.dtype == "float32" else "float64"
    )
    given: dict[str, Any] = {"f": one.f, "x": x, "dy": dy}
    if directed:
        given |= {"dx": np.asarray(draw(rng, one.shape)), "v": np.asarray(draw(rng, one.shape))}
    labels = labels_of(one, DIRECTION_PROPERTIES if directed else VJP_PROPERTIES)
    return Case(
        name,
        stage,
        given,
        dict(one.options),
        varies=labels,
        has=labels,
        layout=one.layout,
        tolerance=one.tolerance,
    )


def plan_comparison_cases(seed: int) -> tuple[Case, ...]:
    """Return the cases of relative_error."""
    rng = generator(seed, "relative_error")
    a, b = normals(rng, (3, 4)), normals(rng, (3, 4))
    spoiled = b.copy()
    spoiled[1, 2] = np.nan
    table: dict[str, tuple[Stage, Any, Any]] = {
        "two arrays": (CORE, a, b),
        "a vector": (CORE, a[0], b[0]),
        "one after the other of very different size": (CORE, a, 1000 * b),
        "one before the other of very different size": (CORE, 1000 * b, a),
        "nearly equal": (CORE, a, a + 1e-3 * b),
        "equal": (CORE, a, a.copy()),
        "opposite": (CORE, a, -a),
        "zeros against something": (CORE, np.zeros_like(a), b),
        "tiny numbers": (CORE, 1e-9 * a, 1e-9 * b),
        "smaller numbers still": (CORE, 1e-12 * a, 1e-12 * b),
        "the smallest numbers": (CORE, 1e-15 * a, 1e-15 * b),
        "one number": (GENERAL, np.array(2.0), np.array(-3.0)),
        "zeros on both sides": (GENERAL, np.zeros(3), np.zeros(3)),
        "a zero on both sides": (GENERAL, np.zeros((1, 1)), np.zeros((1, 1))),
        "an entry that is not a number": (GENERAL, a, spoiled),
        "an entry of the first that is not a number": (GENERAL, spoiled, a),
    }
    found = []
    for name, (stage, first, second) in table.items():
        has = labels_of((first, second), (ZEROS,))
        found.append(Case(name, stage, {"a": first, "b": second}, varies=has, has=has))
    layouts: dict[str, Layout] = {
        "arrays with gaps in memory": "strided",
        "arrays in column order": "fortran",
        "read-only arrays": "read-only",
    }
    found += [Case(name, GENERAL, {"a": a, "b": b}, layout=layout) for name, layout in layouts.items()]
    return tuple(found)


ZEROS = Property("zeros on both sides", "stability", "zeros", lambda pair: not (np.any(pair[0]) or np.any(pair[1])))
