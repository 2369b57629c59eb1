"""Take gradients from their formulas, where a difference of the forward along one direction confirms them.

A wrong entry of any gradient changes the sum of all entries times the direction's, which the difference gives. So two
calls of the forward tell whether every entry is right, and differences of each entry are taken only where they do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from cnnlab.gradcheck.case import Case, generator
from cnnlab.gradcheck.problem import Oracle
from cnnlab.gradcheck.reference.one_sided_differences import FLOAT64, ROUNDINGS
from cnnlab.gradcheck.reference.products import are_same, to_float64

#: How far each entry moves, relative to a number near 1 or to its own size. The centred difference errs by h² f''' / 6.
STEP = 2.0**-17

#: How far the sum over the entries may be from the difference, relative to the sum of its terms without their signs.
CONFIRMED_RTOL = 1e-9

#: The same for what rounding of the forward may have added.
ROUNDING_RTOL = 1e-6

#: Slopes to both sides agree to this share of that sum, or there is a kink.
KINK_RTOL = 1e-3

#: The gradients, and a bound on the error of each.
Confirmed = tuple[Mapping[str, np.ndarray], Mapping[str, float]]


def confirm_formula(oracle: Oracle, case: Case, names: Sequence[str], y: np.ndarray | None) -> Confirmed | None:
    """Return by input the gradients that the oracle's formula gives, or None where they are not confirmed.

    names: the inputs that have a gradient.   y: what the reference gives for the case in float64, where it is known.
    """
    if oracle.formula is None or oracle.reference is None or not names:
        return None
    inputs = {key: to_float64(value) for key, value in case.inputs.items()}
    dy = np.asarray(case.dy, np.float64)
    by_name = {name: gradient for gradient, name in oracle.wrt.items()}
    found = oracle.formula(case)
    gradients = {name: np.asarray(found[by_name[name]], np.float64) for name in names}
    if any(gradients[name].shape != np.shape(inputs[name]) for name in names):
        return None
    linear = all(name in oracle.linear for name in names)
    rng = generator(0, case.name)
    steps = {name: _draw_steps(rng, np.asarray(inputs[name], np.float64), linear) for name in names}
    y = _evaluate(oracle, case, inputs) if y is None else y
    moved = {name: np.stack([inputs[name], inputs[name] + step, inputs[name] - step]) for name, step in steps.items()}
    here, up, down = (dy * part for part in _evaluate_points(oracle, case, inputs, moved, y))
    terms = [gradients[name] * steps[name] for name in names]
    size = sum(float(np.abs(term).sum()) for term in terms)
    rounding = FLOAT64.eps * ROUNDINGS * float(np.abs(here).sum())
    apart = abs(float((up - down).sum()) / 2 - sum(float(term.sum()) for term in terms))
    bent = abs(float((up + down - 2 * here).sum()))
    if not (apart <= CONFIRMED_RTOL * size + min(rounding, ROUNDING_RTOL * size)):  # of NaN nothing is true
        return None
    if not linear and not bent <= KINK_RTOL * size + rounding:
        return None
    return gradients, {name: _bound_error(here, inputs[name], gradients[name], name in oracle.linear) for name in names}


def _draw_steps(rng: np.random.Generator, x: np.ndarray, linear: bool) -> np.ndarray:
    """Draw how far each entry moves: whole numbers where the forward is linear in all that move."""
    whole = rng.integers(1, 4, x.shape) * rng.choice([-1.0, 1.0], x.shape)
    return whole if linear else (x + whole * STEP * np.maximum(1.0, np.abs(x))) - x


def _evaluate_points(
    oracle: Oracle, case: Case, inputs: dict[str, Any], moved: dict[str, np.ndarray], y: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return y at the case's own point, and at a point to either side of it. moved: the inputs at the three."""
    if oracle.at_points:
        laid = {name: a[None] if isinstance(a, np.ndarray) else a for name, a in inputs.items()}
        with suppress(Exception):  # it refuses what the reference takes, or the other way round
            found = np.asarray(oracle.at_points(*(laid | moved).values(), **case.options), np.float64)
            if found.shape == (3, *y.shape) and are_same(found[0], y):
                return found[0], found[1], found[2]
    up = _evaluate(oracle, case, inputs | {name: points[1] for name, points in moved.items()})
    if len(moved) == 1 and next(iter(moved)) in oracle.linear:
        return y, up, 2 * y - up
    return y, up, _evaluate(oracle, case, inputs | {name: points[2] for name, points in moved.items()})


def _evaluate(oracle: Oracle, case: Case, inputs: Mapping[str, Any]) -> np.ndarray:
    assert oracle.reference
    return np.asarray(oracle.reference(*inputs.values(), **case.options)[0], np.float64)


def _bound_error(products: np.ndarray, x: np.ndarray, gradient: np.ndarray, linear: bool) -> float:
    """Return how far off rounding may make a right gradient, the formula's or another: as for differences."""
    largest = float(np.abs(x).max(initial=0.0))
    if linear:
        size = float(np.abs(products).sum()) / (largest or 1.0)
        return 8 * FLOAT64.eps * max(1.0, size + float(np.abs(gradient).max(initial=0.0)))
    return ROUNDINGS * FLOAT64.eps * float(np.abs(products).max(initial=0.0)) / max(1.0, largest * 2.0**-10)
