"""Planning the cases of an op that takes arrays and options: a table of specifications becomes a plan.

Write the base case first, then what differs from it in one thing each. What every op is asked as well (float32, other
layouts in memory) is added here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np

from cnnlab.gradcheck.case import CORE, GENERAL, ROUNDED, TRANSFORMED, Case, Stage, generator, integers, normals
from cnnlab.gradcheck.problem import Property
from cnnlab.gradcheck.runner.snapshot import Layout


@dataclass(frozen=True)
class Spec:
    """One case to be drawn.

    shapes: of the inputs by name, in order; None for an input of None.   options: keyword arguments.
    numbers: "integers", exact in any order of summation, or "normals".   scale: a factor for all of them.
    values: arrays in place of drawn ones.   draws: by input, (rng, shape) -> array in place of the usual numbers.
    dtype, layout: of all inputs.   dy_scale: a factor for dy alone.
    """

    shapes: Mapping[str, tuple[int, ...] | None]
    options: Mapping[str, Any] = field(default_factory=dict)
    numbers: str = "integers"
    scale: float = 1.0
    values: Mapping[str, Any] = field(default_factory=dict)
    draws: Mapping[str, Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]] = field(default_factory=dict)
    dtype: str = "float64"
    layout: Layout = "plain"
    dy_scale: float = 1.0


#: The properties of the cases that every op is asked as well.
FLOAT32 = Property("float32", "dtype", "float32", lambda spec: spec.dtype == "float32")
LAYOUT = Property(
    "arrays that are not in row order", "geometry", "memory layout", lambda spec: spec.layout in ("strided", "fortran")
)


#: Numbers of this size show a small number that is added somewhere, such as 1e-8.
TINY = 2.0**-20


def labels_of(spec: Any, properties: Iterable[Property]) -> frozenset[str]:
    """Return the labels of the properties that hold for a specification of a case."""
    return frozenset(p.label for p in properties if p.holds(spec))


def plan(
    reference: Callable | None,
    base: Spec,
    core: Mapping[str, Spec],
    general: Mapping[str, Spec],
    tolerance: float | None = None,
    properties: tuple[Property, ...] = (),
) -> Callable[[int], tuple[Case, ...]]:
    """Return a function seed -> cases.

    reference: the forward, or None for a function that is no backward and has no dy.
    base: the plainest case, asked first and varied for what every op is asked.
    tolerance: of every case, where whole numbers do not stay whole; by default that of its numbers.
    properties: of the exercise; each case is labelled with those that hold for it.
    """
    everywhere = {
        "float32": replace(base, dtype="float32"),
        "arrays with gaps in memory": replace(base, layout="strided"),
        "arrays in column order": replace(base, layout="fortran"),
        "read-only arrays": replace(base, layout="read-only"),
    }
    if reference and general.get("tiny numbers", base).scale > TINY:  # there a small number that is added shows as well
        everywhere["a tiny upstream gradient"] = replace(base, dy_scale=2.0**-40)
    tables: tuple[tuple[Stage, dict[str, Spec]], ...] = (
        (CORE, {"the plain case": base, **core}),
        (GENERAL, {**general, **everywhere}),
    )

    @cache
    def label() -> dict[str, frozenset[str]]:
        """Return the labels of every case by its name; they are the same for every seed."""
        return {name: labels_of(spec, properties) for _, table in tables for name, spec in table.items()}

    def cases(seed: int) -> tuple[Case, ...]:
        labels, plain = label(), labels_of(base, properties)
        return tuple(
            build(reference, name, stage, spec, seed, tolerance, plain, labels[name])
            for stage, table in tables
            for name, spec in table.items()
        )

    return cases


def build(
    reference: Callable | None,
    name: str,
    stage: Stage,
    spec: Spec,
    seed: int,
    tolerance: float | None = None,
    plain: frozenset[str] = frozenset(),
    has: frozenset[str] = frozenset(),
) -> Case:
    """Return one case: the inputs, and with a forward a random upstream gradient of the shape that its y has.

    plain, has: the labels of the base case's properties, and of this one's.
    """
    rng = generator(seed, name)
    draw = integers if spec.numbers == "integers" else normals

    def array(key: str, shape: tuple[int, ...] | None) -> np.ndarray | None:
        if key in spec.values:
            return np.array(spec.values[key], dtype=None if np.ndim(spec.values[key]) == 0 else spec.dtype)
        if shape is None:
            return None
        if key in spec.draws:
            drawn = spec.draws[key](rng, shape)
            return drawn.astype(spec.dtype) if drawn.dtype.kind == "f" else drawn
        return (spec.scale * draw(rng, shape)).astype(spec.dtype)

    inputs = {key: array(key, shape) for key, shape in spec.shapes.items()}
    y = dy = None
    if reference:
        y = reference(*inputs.values(), **spec.options)[0]
        dy = (spec.scale * spec.dy_scale * draw(rng, np.shape(y))).astype(spec.dtype)
    case = Case(
        name,
        stage,
        inputs,
        spec.options,
        dy,
        varies=has ^ plain,
        has=has,
        layout=spec.layout,
        tolerance=tolerance or (TRANSFORMED if spec.numbers == "integers" and not spec.draws else ROUNDED),
    )
    return case.note_forward(y)
