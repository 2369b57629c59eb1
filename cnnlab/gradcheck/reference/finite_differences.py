"""Compute derivatives by finite differences of the forward, with an error estimate and without PyTorch.

A forward that is linear in an input (affine, with the rest held fixed) needs no small step: f(e_i) - f(0) is column i
of its Jacobian, exactly. Elsewhere slopes are taken from both sides (one_sided_differences.py), which also sees kinks.
"""

from __future__ import annotations

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Expected, Freedom, Oracle
from cnnlab.gradcheck.reference.one_sided_differences import (
    FLOAT32,
    FLOAT64,
    Precision,
    compute_joint_slope,
    compute_slopes,
)
from cnnlab.gradcheck.reference.products import Products, Usual

#: The bounds at a kink are differences too: they are widened by this share of the largest entry.
KINK_SLACK_SHARE = 1e-6


def compute_finite_differences(oracle: Oracle, case: Case, usual: Usual | None = None) -> Expected:
    """Return the answer by differences of the reference, with a bound on each gradient's error.

    usual: as for Products.
    """
    assert oracle.reference, "a function that is no forward has nothing to differentiate"
    y = np.asarray(oracle.reference(*case.inputs.values(), **case.options)[0])
    grads, errors, freedom = {}, {}, {}
    in_float64 = y if all(array.dtype.kind != "f" or array.dtype == np.float64 for array in case.arrays) else None
    precision = FLOAT32 if oracle.in_float32 else FLOAT64
    for gradient, name in oracle.wrt.items():
        if case.inputs[name] is None:
            grads[gradient] = None
            continue
        if not np.size(case.inputs[name]):
            grads[gradient] = np.zeros(np.shape(case.inputs[name]))
            continue
        products = Products(oracle.reference, case, name, oracle.at_points, in_float64, usual)
        if name in oracle.linear:
            grads[gradient], errors[gradient] = _differentiate_linear(products)
            continue
        grads[gradient], errors[gradient], free = _differentiate_general(products, precision)
        if free:
            freedom[gradient] = free
    return Expected(np.asarray(y, np.float64), grads, freedom, errors)


def _differentiate_linear(products: Products) -> tuple[np.ndarray, float]:
    """Compute all columns at once; the unit is a power of two of x's size, so that it is not rounded away."""
    x = products.x
    largest = float(np.abs(x).max(initial=0.0)) or 1.0
    unit = 2.0 ** np.round(np.log2(largest))
    vectors = unit * np.eye(x.size).reshape(-1, *x.shape)
    at_zero, *columns = products(np.concatenate([np.zeros((1, *x.shape)), vectors]))
    gradient = (np.asarray(columns) - at_zero).sum(-1).reshape(x.shape) / unit
    terms = float(np.abs(at_zero).sum()) / unit + float(np.abs(gradient).max(initial=0.0))
    return gradient, 8 * np.finfo(float).eps * max(1.0, terms)


def _differentiate_general(products: Products, precision: Precision) -> tuple[np.ndarray, np.ndarray, Freedom | None]:
    """Return the gradient, a bound on the error of each entry, and the freedom that kinks leave."""
    found = compute_slopes(products, precision)
    unknown = ~np.isfinite(found.errors + found.gradient)  # where the forward is no number, its slope is none either
    low, high = np.where(unknown, -np.inf, found.low), np.where(unknown, np.inf, found.high)
    gradient, errors = np.where(unknown, 0.0, found.gradient), np.where(unknown, 0.0, found.errors)
    if np.isnan(low).all():
        return gradient, errors, None
    slack = KINK_SLACK_SHARE * (float(np.abs(gradient).max(initial=0.0)) or 1.0) * np.isfinite(low)
    total = None if np.isinf(low).any() else compute_joint_slope(products, precision)
    return gradient, errors, Freedom(low - slack, high + slack, total)
