"""Chapters 3 and 11: how far two arrays lie apart, by formulas that are nearly right. Rivals of relative_error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Rival

#: (a, b) -> the numerator, and the denominator.
Quotient = Callable[[np.ndarray, np.ndarray], tuple[Any, Any]]


def _norm(a: np.ndarray) -> float:
    return float(np.sqrt(np.sum(a * a)))


def _add_constant(eps: float) -> Quotient:
    return lambda a, b: (_norm(a - b), _norm(a) + _norm(b) + eps)


def _divide_by_entries(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    below = np.abs(a) + np.abs(b)
    return np.divide(np.abs(a - b), below, out=np.zeros_like(below), where=below != 0)


#: What people add to a denominator.
CONSTANTS = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12, 1e-13, 1e-14, 1e-15, 1e-16)

CONSTANT_BELOW = (
    "{} has CONSTANT added to the denominator: where the numbers are tiny themselves the error comes out too "
    "small. Leave it out; only 0 over 0 is a case of its own."
)

FLOOR_BELOW = (
    "{} has a denominator of at least CONSTANT: where the numbers are smaller themselves the error comes out "
    "too small. Only 0 over 0 is a case of its own."
)
CONSTANT_TWICE = (
    "{} has CONSTANT added to numerator and denominator: the error of equal arrays is 0, and tiny numbers count "
    "like others. Leave it out; only 0 over 0 is a case of its own."
)


def _write(eps: float) -> str:
    return f"{eps:g}".replace("e-0", "e-")


def _set_floor(least: float) -> Quotient:
    return lambda a, b: (_norm(a - b), max(_norm(a) + _norm(b), least))


def _add_twice(eps: float) -> Quotient:
    return lambda a, b: (_norm(a - b) + eps, _norm(a) + _norm(b) + eps)


#: sentence -> quotient; {} is what the value is called.
ERROR_MISTAKES: tuple[tuple[str, Quotient], ...] = (
    *((CONSTANT_BELOW.replace("CONSTANT", _write(eps)), _add_constant(eps)) for eps in CONSTANTS),
    *((FLOOR_BELOW.replace("CONSTANT", _write(eps)), _set_floor(eps)) for eps in (1.0, *CONSTANTS[:-2])),
    *((CONSTANT_TWICE.replace("CONSTANT", _write(eps)), _add_twice(eps)) for eps in CONSTANTS),
    (
        "{} is the largest of the entries' own errors, with a floor below: one quotient of norms is asked for.",
        lambda a, b: (float(np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))), 1.0),
    ),
    (
        "{} is squared: it is the norm of the difference over the sum of the norms.",
        lambda a, b: (_norm(a - b) ** 2, (_norm(a) + _norm(b)) ** 2),
    ),
    (
        "{} divides by the difference of the norms: divide by their sum.",
        lambda a, b: (_norm(a - b), _norm(a) - _norm(b)),
    ),
    (
        "{} is the mean of the differences, and not relative: the norm of the difference is divided by the sum of the "
        "norms.",
        lambda a, b: (float(np.mean(np.abs(a - b))), 1.0),
    ),
    (
        "{} is the largest difference, and not relative: the norm of the difference is divided by the sum of the "
        "norms.",
        lambda a, b: (float(np.max(np.abs(a - b))), 1.0),
    ),
    (
        "{} adds up or averages |·| for the norms: a norm is the root of the sum of squares.",
        lambda a, b: (np.mean(np.abs(a - b)), np.mean(np.abs(a)) + np.mean(np.abs(b))),
    ),
    (
        "{} takes the largest entries for the norms: a norm is the root of the sum of squares over all entries.",
        lambda a, b: (np.abs(a - b).max(), np.abs(a).max() + np.abs(b).max()),
    ),
    (
        "{} divides by the norm of a + b: the norms of a and b are added, and a + b may be 0 where neither of them is.",
        lambda a, b: (_norm(a - b), _norm(a + b)),
    ),
    (
        "{} is the difference of the two norms, divided by their sum: the norm of the difference a − b is needed.",
        lambda a, b: (abs(_norm(a) - _norm(b)), _norm(a) + _norm(b)),
    ),
    (
        "{} divides by the mean of the two norms, and so twice too large: divide by their sum.",
        lambda a, b: (_norm(a - b), (_norm(a) + _norm(b)) / 2),
    ),
    (
        "{} divides by twice the sum of the norms: divide by the sum itself.",
        lambda a, b: (_norm(a - b), 2 * (_norm(a) + _norm(b))),
    ),
    (
        "{} divides by the root of the product of the norms: divide by their sum.",
        lambda a, b: (_norm(a - b), np.sqrt(_norm(a) * _norm(b))),
    ),
    (
        "{} divides by the product of the norms: divide by their sum.",
        lambda a, b: (_norm(a - b), _norm(a) * _norm(b)),
    ),
    (
        "{} divides by the smaller of the two norms: divide by their sum.",
        lambda a, b: (_norm(a - b), min(_norm(a), _norm(b))),
    ),
    (
        "{} divides by the larger of the two norms: divide by their sum.",
        lambda a, b: (_norm(a - b), max(_norm(a), _norm(b))),
    ),
    (
        "{} is relative to |a| alone: the difference is divided by the sum of the norms.",
        lambda a, b: (_norm(a - b), _norm(a)),
    ),
    (
        "{} is relative to |b| alone: the difference is divided by the sum of the norms.",
        lambda a, b: (_norm(a - b), _norm(b)),
    ),
    (
        "{} is not relative: the norm of the difference is divided by the sum of the norms.",
        lambda a, b: (_norm(a - b), 1.0),
    ),
    (
        "{} lacks the roots: a norm is the root of the sum of squares.",
        lambda a, b: (np.sum((a - b) ** 2), np.sum(a * a) + np.sum(b * b)),
    ),
    (
        "{} divides by the norm of both arrays together: the two norms are added.",
        lambda a, b: (_norm(a - b), np.sqrt(_norm(a) ** 2 + _norm(b) ** 2)),
    ),
    (
        "{} is the mean of the entries' own errors: one quotient of norms is asked for.",
        lambda a, b: (float(np.mean(_divide_by_entries(a, b))), 1.0),
    ),
    (
        "{} is the sum of the entries' own errors: one quotient of norms is asked for.",
        lambda a, b: (float(np.sum(_divide_by_entries(a, b))), 1.0),
    ),
    (
        "{} is the largest of the entries' own errors: one quotient of norms is asked for.",
        lambda a, b: (float(np.max(_divide_by_entries(a, b))), 1.0),
    ),
    (
        "{} has + where − is needed: it is the norm of a − b over the sum of the norms.",
        lambda a, b: (_norm(a + b), _norm(a) + _norm(b)),
    ),
)

#: What people write for something over 0.
GUARDS: tuple[Callable[[float, float], float], ...] = (
    lambda above, below: above / below if below else 0.0 if above == 0 else np.inf,
    lambda above, below: above / below if below else 0.0,
    lambda above, below: above / below if below else 1.0,
    lambda above, below: float(np.divide(above, below)),
)


def list_error_measures() -> Iterator[tuple[str, Callable[[np.ndarray, np.ndarray], float]]]:
    """Yield sentences with the wrong errors of two arrays that they are about."""
    for sentence, quotient in ERROR_MISTAKES:
        for guard in GUARDS:
            yield sentence, lambda a, b, quotient=quotient, guard=guard: guard(*quotient(a, b))
    yield (
        "{} is 1 where both arrays are 0 everywhere: they agree, so it is 0.",
        lambda a, b: _norm(a - b) / size if (size := _norm(a) + _norm(b)) else 1.0,
    )


def _compare(measure: Callable[[np.ndarray, np.ndarray], float]) -> Callable[[Case, Any], np.ndarray]:
    def compute(case: Case, right) -> np.ndarray:
        a, b = (np.asarray(case.inputs[name], np.float64) for name in "ab")
        with np.errstate(all="ignore"):
            return np.asarray(measure(a, b), np.float64)

    return compute


def _ignore_nan(a: np.ndarray, b: np.ndarray) -> float:
    return _norm(a - b) / size if (size := _norm(a) + _norm(b)) > 0 else 0.0


ERROR_RIVALS = (
    Rival(
        "error",
        "formula",
        "error is 0 where an entry is not a number: `size > 0` is false for NaN too. Ask whether the size is 0.",
        _compare(_ignore_nan),
    ),
    *(
        Rival("error", "formula", sentence.format("error"), _compare(measure))
        for sentence, measure in list_error_measures()
    ),
)
