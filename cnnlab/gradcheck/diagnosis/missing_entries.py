"""Right where there is anything at all, and nothing at the other entries."""

from __future__ import annotations

import numpy as np

from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.diagnosis.axis_words import name_first_axis
from cnnlab.gradcheck.diagnosis.evidence import Evidence, Finding, Trial
from cnnlab.gradcheck.wording import write_hidden


def find_missing_entries(evidence: Evidence) -> Finding | None:
    """Find entries of a data gradient that are 0 where the others are right."""
    failing, name = evidence.failing, evidence.gradient
    of_data = evidence.is_data_gradient
    if not of_data or not failing or not all(_is_right_or_zero(t) for t in failing):
        return None
    lost = [_mark_lost_entries(t) for t in failing]
    if not all(np.count_nonzero(a) > 0 for a in lost) or all(a.all() for a in lost):
        return None
    telling = [a for a in lost if a.ndim > 1]
    if telling and all(len(a) == 1 or (a[1:].any() and not a[0].any()) for a in telling):
        whole = all(_mark_zeros(t)[1:].all() for t in failing if t.numbers.got.ndim > 1)
        if whole:
            axes = max(a.ndim for a in telling)
            one = name_first_axis(evidence.problem.oracle.wrt[name], axes, evidence.problem)
            text = f"{name} holds the gradient of the first {one} only; the others get 0."
            return Finding(Code.REDUCTION, text, f"the first {one} only")
    trial, at = failing[0], np.unravel_index(int(np.argmax(lost[0])), lost[0].shape)
    index = ", ".join(str(int(k)) for k in at)
    return Finding(
        Code.MASK,
        f"{name} is right where it is anything at all, and 0 at entries that should get something: in "
        f"“{trial.case.name}” at [{index}], where {write_hidden(trial.numbers.expected[at])} is right.",
        "entries that get nothing",
    )


def _is_right_or_zero(trial: Trial) -> bool:
    n = trial.numbers
    near = n.error <= n.tolerance * n.scale
    return bool(np.isfinite(n.got).all() and np.all(near | (n.got == 0)) and n.got.any())


def _mark_lost_entries(trial: Trial) -> np.ndarray:
    n = trial.numbers
    return (n.got == 0) & (n.error > n.tolerance * n.scale)


def _mark_zeros(trial: Trial) -> np.ndarray:
    return trial.numbers.got == 0
