"""Compute derivatives by finite differences of the forward, with an error estimate and without PyTorch.

A forward that is linear in an input (affine, with the rest held fixed) needs no small step: f(e_i) - f(0) is column i
of its Jacobian, exactly. Elsewhere slopes are taken from both sides (one_sided_differences.py), which also sees kinks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Expected, Freedom, Oracle
from cnnlab.gradcheck.reference.confirmed_formula import confirm_formula
from cnnlab.gradcheck.reference.joint_products import JointProducts, NotTheSame
from cnnlab.gradcheck.reference.one_sided_differences import (
    FLOAT32,
    FLOAT64,
    Precision,
    Slopes,
    compute_joint_slope,
    compute_slopes,
)
from cnnlab.gradcheck.reference.products import Products, Usual

#: The bounds at a kink are differences too: they are widened by this share of the largest entry.
KINK_SLACK_SHARE = 1e-6


class _Found(NamedTuple):
    """A gradient, a bound on the error of each entry or of all, and the freedom that kinks leave."""

    gradient: np.ndarray
    errors: float | np.ndarray
    freedom: Freedom | None = None


def compute_finite_differences(oracle: Oracle, case: Case, usual: Usual | None = None) -> Expected:
    """Return the answer by differences of the reference, with a bound on each gradient's error.

    usual: as for Products.
    """
    reference = oracle.reference
    assert reference, "a function that is no forward has nothing to differentiate"
    y = np.asarray(reference(*case.inputs.values(), **case.options)[0] if case.y is None else case.y)
    in_float64 = y if all(array.dtype.kind != "f" or array.dtype == np.float64 for array in case.arrays) else None
    precision = FLOAT32 if oracle.in_float32 else FLOAT64
    grads, errors, freedom = {}, {}, {}

    def move_alone(name: str) -> Products:
        return Products(reference, case, name, oracle.at_points, in_float64, usual)

    moving = [n for n in oracle.wrt.values() if case.inputs[n] is not None and np.size(case.inputs[n])]
    together = _confirm_formula(oracle, case, moving, in_float64) or _differentiate_together(
        oracle, case, moving, in_float64, precision, move_alone
    )
    for gradient, name in oracle.wrt.items():
        if case.inputs[name] is None:
            grads[gradient] = None
            continue
        if name not in moving:
            grads[gradient] = np.zeros(np.shape(case.inputs[name]))
            continue
        if name in together:
            found = together[name]
        elif name in oracle.linear:
            found = _differentiate_linear(move_alone(name))
        else:
            found = _differentiate_general(move_alone(name), precision)
        grads[gradient], errors[gradient] = found.gradient, found.errors
        if found.freedom:
            freedom[gradient] = found.freedom
    return Expected(np.asarray(y, np.float64), grads, freedom, errors)


def _confirm_formula(oracle: Oracle, case: Case, names: list[str], y: np.ndarray | None) -> Mapping[str, _Found]:
    """Return by input what the oracle's formula gives, where differences confirm it; else nothing."""
    confirmed = confirm_formula(oracle, case, names, y)
    if confirmed is None:
        return {}
    gradients, errors = confirmed
    return {name: _Found(gradients[name], errors[name]) for name in names}


def _differentiate_together(
    oracle: Oracle,
    case: Case,
    names: list[str],
    y: np.ndarray | None,
    precision: Precision,
    move_alone: Callable[[str], Products],
) -> Mapping[str, _Found]:
    """Return what is found by input, where the forward written for many points can move them all; else nothing."""
    if oracle.at_points is None or oracle.reference is None or not names:
        return {}
    curved = [name for name in names if name not in oracle.linear]
    try:
        products = JointProducts(oracle.reference, case, names, oracle.at_points, y)
        found = compute_slopes(products, precision, products.list_entries(curved))
        slopes = products.take_apart(found.gradient, found.errors, found.low, found.high)
        columns = products.evaluate_units({n: _choose_unit(case.inputs[n]) for n in names if n in oracle.linear})
    except NotTheSame:
        return {}
    of_curved = {
        name: _bound_slopes(Slopes(*slopes[name]), lambda name=name: compute_joint_slope(move_alone(name), precision))
        for name in curved
    }
    of_linear = {name: _sum_columns(case.inputs[name], some) for name, some in columns.items()}
    return of_curved | of_linear


def _differentiate_linear(products: Products) -> _Found:
    """Compute all columns at once."""
    x = products.x
    vectors = _choose_unit(x) * np.eye(x.size).reshape(-1, *x.shape)
    return _sum_columns(x, products(np.concatenate([np.zeros((1, *x.shape)), vectors])))


def _choose_unit(x: np.ndarray) -> float:
    """Return a power of two of x's size, so that it is not rounded away."""
    return float(2.0 ** np.round(np.log2(float(np.abs(x).max(initial=0.0)) or 1.0)))


def _sum_columns(x: np.ndarray, columns: np.ndarray) -> _Found:
    """Return the gradient of a linear input from the products where it is 0, and where one entry is the unit."""
    unit, at_zero = _choose_unit(x), columns[0]
    gradient = (columns[1:] - at_zero).sum(-1).reshape(np.shape(x)) / unit
    terms = float(np.abs(at_zero).sum()) / unit + float(np.abs(gradient).max(initial=0.0))
    return _Found(gradient, 8 * np.finfo(float).eps * max(1.0, terms))


def _differentiate_general(products: Products, precision: Precision) -> _Found:
    """Return the gradient of any input from its slopes to both sides."""
    return _bound_slopes(compute_slopes(products, precision), lambda: compute_joint_slope(products, precision))


def _bound_slopes(found: Slopes, find_joint_slope: Callable[[], float | None]) -> _Found:
    """Return the gradient with the freedom that its slopes leave.

    find_joint_slope: () -> the slope where all entries grow together, or None at a kink.
    """
    unknown = ~np.isfinite(found.errors + found.gradient)  # where the forward is no number, its slope is none either
    if not unknown.any() and np.isnan(found.low).all():
        return _Found(found.gradient, found.errors)
    low, high = np.where(unknown, -np.inf, found.low), np.where(unknown, np.inf, found.high)
    gradient, errors = np.where(unknown, 0.0, found.gradient), np.where(unknown, 0.0, found.errors)
    slack = KINK_SLACK_SHARE * (float(np.abs(gradient).max(initial=0.0)) or 1.0) * np.isfinite(low)
    total = None if np.isinf(low).any() else find_joint_slope()
    return _Found(gradient, errors, Freedom(low - slack, high + slack, total))
