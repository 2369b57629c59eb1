"""What is left when the right gradient is taken off: a multiple of an input, the same number everywhere, a cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.diagnosis.evidence import MIN_TELLING_NUMBERS, Evidence, Finding, Trial, matches


def find_added_term(evidence: Evidence) -> Finding | None:
    """Find the right gradient plus a constant multiple of an array of the case, or plus a constant."""
    for words, array in _list_arrays(evidence):
        factor = _find_added_factor(evidence, array)
        if factor and evidence.matches_formula(lambda t, a=array, c=factor: _add_multiple(t, a(t), c)):
            return Finding(
                Code.FORMULA,
                f"{evidence.gradient} is the right answer plus a multiple of {words}, the same multiple in every case: "
                "a term too many.",
                f"a multiple of {words} added",
            )
    return None


def _add_multiple(trial: Trial, array: np.ndarray, factor: float) -> np.ndarray | None:
    """Return the right gradient plus a multiple of an array; None in a case in which it has another shape."""
    return trial.numbers.expected + factor * array if array.shape == trial.numbers.expected.shape else None


def find_clipping(evidence: Evidence) -> Finding | None:
    """Find the right gradient cut at a largest size."""
    if not all(np.isfinite(t.numbers.got).all() for t in evidence.trials):
        return None
    limit = max(float(np.abs(t.numbers.got).max(initial=0.0)) for t in evidence.trials)
    if not limit or not any(_is_cut_in_part(t, limit) for t in evidence.failing):
        return None
    if not evidence.matches_formula(lambda t: np.clip(t.numbers.expected, -limit, limit)):
        return None
    return Finding(
        Code.FORMULA,
        f"{evidence.gradient} is the right answer cut at a largest size: a backward pass returns the whole gradient.",
        "clipped",
    )


def _is_cut_in_part(trial: Trial, limit: float) -> bool:
    """Return whether some right entries lie beyond the limit and others below it, so that a cut can be seen."""
    size = np.abs(trial.numbers.expected)
    return bool((size > limit).any() and ((size > 0) & (size < limit)).any())


def _list_arrays(evidence: Evidence) -> Iterator[tuple[str, Callable[[Trial], np.ndarray]]]:
    first = evidence.trials[0]
    shape = first.numbers.expected.shape
    for name, value in first.case.inputs.items():
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.shape == shape:
            yield name, lambda t, name=name: np.asarray(t.case.inputs[name], np.float64)
    if first.case.dy is not None and np.shape(first.case.dy) == shape:
        yield "dy", lambda t: np.asarray(t.case.dy, np.float64)
    if any(t.numbers.expected.size >= MIN_TELLING_NUMBERS for t in evidence.failing):  # of one number it says nothing
        yield "1", lambda t: np.ones(t.numbers.expected.shape)


def _find_added_factor(evidence: Evidence, array: Callable[[Trial], np.ndarray]) -> float | None:
    """Return the factor of the first telling case; the caller checks the other cases."""
    for trial in evidence.failing:
        a = array(trial)
        if a.shape != trial.numbers.got.shape or not np.isfinite(trial.numbers.got).all():
            return None
        rest = trial.numbers.got - trial.numbers.expected
        factor = float(np.vdot(a, rest) / (np.vdot(a, a) or 1.0))
        return factor if factor and matches(rest, factor * a, trial.case.tolerance) else None
    return None
