"""Right where there is anything at all, and nothing at the other entries."""

from __future__ import annotations

import numpy as np

from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.diagnosis.axis_words import name_first_axis
from cnnlab.gradcheck.diagnosis.evidence import Evidence, Finding, Trial
from cnnlab.gradcheck.wording import join_words, write_hidden


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


#: The ends of an image's rows and columns, with what a loop does that leaves one out.
ENDS = {
    "last row": (-2, -1, "ends"),
    "last column": (-1, -1, "ends"),
    "first row": (-2, 0, "begins"),
    "first column": (-1, 0, "begins"),
}


def find_missing_edge(evidence: Evidence) -> Finding | None:
    """Find images that are right but for 0 in their first or last row or column."""
    failing = evidence.failing
    if not evidence.is_data_gradient or len(failing) < 2 or any(t.numbers.got.ndim != 4 for t in failing):
        return None
    if not all(_is_near_or_zero(t).all() for t in failing) or not any(t.numbers.got.any() for t in failing):
        return None
    empty = [end for end, (axis, k, _) in ENDS.items() if all(_is_empty(t, axis, k) for t in failing)]
    if not empty or not all(_lies_there(t, empty) for t in failing):
        return None
    where, how = join_words([f"its {end}" for end in empty]), {ENDS[end][2] for end in empty}
    loop = f"a loop that {'begins one too late' if how == {'begins'} else 'ends one too early'} leaves them out"
    text = f"{evidence.gradient} is 0 in {where}, and right elsewhere{f': {loop}' if len(how) == 1 else ''}."
    return Finding(Code.BORDER, text, "an edge that gets nothing")


def _is_empty(trial: Trial, axis: int, k: int) -> bool:
    return not np.take(trial.numbers.got, k, axis).any()


def _lies_there(trial: Trial, ends: list[str]) -> bool:
    """Return whether all entries that are lost lie at these ends, of images that have other cells."""
    lost = _mark_lost_entries(trial)
    for end in ends:
        axis, k, _ = ENDS[end]
        np.moveaxis(lost, axis, 0)[k] = False
    return not lost.any()


def _is_right_or_zero(trial: Trial) -> bool:
    return bool(_is_near_or_zero(trial).all() and trial.numbers.got.any())


def _is_near_or_zero(trial: Trial) -> np.ndarray:
    n = trial.numbers
    return np.isfinite(n.got) & ((n.error <= n.tolerance * n.scale) | (n.got == 0))


def _mark_lost_entries(trial: Trial) -> np.ndarray:
    n = trial.numbers
    return (n.got == 0) & (n.error > n.tolerance * n.scale)


def _mark_zeros(trial: Trial) -> np.ndarray:
    return trial.numbers.got == 0
