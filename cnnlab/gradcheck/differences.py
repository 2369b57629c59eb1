"""The second judge: the derivative from the forward's own values, with no PyTorch and with its own error estimate.

A forward that is linear in an input (affine, with the rest held fixed) needs no small step: f(e_i) - f(0) is column i
of its Jacobian, exactly. Elsewhere the centred difference is taken at two steps and extrapolated (Richardson); the
distance between the last two estimates says how far each entry can be trusted.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Expected, Oracle

#: Centred differences have error h² f''' / 6 + eps |f| / h; the two balance near eps^(1/3), here for numbers near 1.
STEP = 6e-6 * 2**6  # larger, since Richardson's extrapolation removes the h² term


def expected(oracle: Oracle, case: Case) -> Expected:
    """The right answer by differences of the reference, with a bound on the absolute error of each gradient."""
    assert oracle.reference, "a function that is no forward has nothing to differentiate"
    y = oracle.reference(*case.inputs.values(), **case.options)[0]
    grads, errors = {}, {}
    for gradient, name in oracle.wrt.items():
        if case.inputs[name] is None:
            grads[gradient] = None
            continue
        f = _contracted(oracle, case, name)
        exact = name in oracle.linear
        grads[gradient], errors[gradient] = (_by_unit_vectors if exact else _by_differences)(f, case.inputs[name])
    return Expected(np.asarray(y, np.float64), grads, errors=errors)


def _contracted(oracle: Oracle, case: Case, name: str) -> Callable[[np.ndarray], np.ndarray]:
    """As a function of one input, the products dy * y whose sum is differentiated."""

    def wide(v):
        return v.astype(np.float64) if isinstance(v, np.ndarray) and v.dtype.kind == "f" else v

    inputs = {k: wide(v) for k, v in case.inputs.items()}
    dy, reference = np.asarray(case.dy, np.float64), oracle.reference
    assert reference

    def f(value: np.ndarray) -> np.ndarray:
        return dy * reference(*(inputs | {name: value}).values(), **case.options)[0]

    return f


def _by_unit_vectors(f, x: np.ndarray) -> tuple[np.ndarray, float]:
    """Column by column. The unit is a power of two of x's own size, so that it is not lost beside large other terms."""
    largest = float(np.abs(x).max(initial=0.0)) or 1.0
    unit = 2.0 ** np.round(np.log2(largest))
    gradient, vector = np.zeros(x.shape), np.zeros(x.shape)
    at_zero = f(vector)
    for index in np.ndindex(x.shape):
        vector[index] = unit
        gradient[index] = (f(vector) - at_zero).sum() / unit
        vector[index] = 0.0
    terms = float(np.abs(at_zero).sum()) / unit + float(np.abs(gradient).max(initial=0.0))
    return gradient, 8 * np.finfo(float).eps * max(1.0, terms)


def _by_differences(f, x: np.ndarray) -> tuple[np.ndarray, float]:
    x = np.asarray(x, np.float64)
    gradient, error = np.zeros(x.shape), 0.0
    steps = STEP * np.maximum(1.0, np.abs(x) * 2.0**-20)  # of 1, unless x is so large that it would swallow it

    def slope(index, h):
        up, down = x.copy(), x.copy()
        up[index] += h
        down[index] -= h
        return float((f(up) - f(down)).sum()) / (up[index] - down[index])

    for index in np.ndindex(x.shape):
        coarse, fine = slope(index, steps[index]), slope(index, steps[index] / 2)
        gradient[index] = (4 * fine - coarse) / 3
        error = max(error, float(abs(gradient[index] - fine)))
    return gradient, error
