"""Which cases fail, and where in the array: what only certain cases or places get wrong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.diagnosis.evidence import Evidence, Finding
from cnnlab.gradcheck.problem import Property


def separating(properties: Sequence[Property], cases: Sequence[tuple[Case, bool]]) -> Property | None:
    """The property that tells failing cases from passing ones.

    Either every case that has it fails and every other passes; or none fails without it, and it fails where it is the
    only thing special about the case.
    """
    failing = [case for case, passed in cases if not passed]
    passing = [case for case, passed in cases if passed]
    if not failing or not passing:
        return None
    needed = [p for p in properties if all(p.label in case.has for case in failing)]
    for p in needed:
        if not any(p.label in case.has for case in passing):
            return p
    return next((p for p in needed if any(case.varies == {p.label} for case in failing)), None)


def in_words(properties: Sequence[Property], cases: Sequence[tuple[Case, bool]]) -> str | None:
    """ "Fails in 5 of 30 cases: …", or None where nothing fails."""
    failing = [case for case, passed in cases if not passed]
    if not failing:
        return None
    if len(failing) == len(cases):
        return f"Fails in all {len(cases)} cases." if len(cases) > 1 else "Fails in its one case."
    count = f"Fails in {len(failing)} of {len(cases)} cases"
    found = separating(properties, cases)
    if not found:
        names = ", ".join(case.name for case in failing[:3]) + (" and others" if len(failing) > 3 else "")
        return f"{count}: {names}."
    every = not any(passed and found.label in case.has for case, passed in cases)
    return f"{count}: {'every one' if every else 'only some'} with {found.label}, and no other."


def property_alone(*codes: str):
    """A hypothesis: right without a property of these codes, wrong with it."""

    def hypothesis(evidence: Evidence) -> Finding | None:
        found = separating(evidence.problem.oracle.properties, [(t.case, t.passed) for t in evidence.trials])
        if not found or found.code not in codes:
            return None
        return Finding(
            found.code,
            f"{evidence.gradient} is wrong in cases with {found.label}, and right in every other.",
            found.detail or found.label,
        )

    return hypothesis


def not_a_number(evidence: Evidence) -> Finding | None:
    """NaN or infinity wherever it fails, and right elsewhere."""
    failing, name = evidence.failing, evidence.gradient
    if len(failing) == len(evidence.trials) or any(np.isfinite(t.numbers.got).all() for t in failing):
        return None
    cases = ", ".join(f"“{t.case.name}”" for t in failing[:3])
    return Finding("stability", f"{name} holds NaN or infinity in {cases}, and is right elsewhere.", "NaN or infinity")


def at_the_border(evidence: Evidence) -> Finding | None:
    """Every wrong entry of an image's gradient lies on an edge of its last two axes."""
    if evidence.gradient != next(iter(evidence.problem.oracle.wrt), None):
        return None  # the edge of a kernel is no border
    seen = 0
    for trial in evidence.failing:
        wrong = trial.numbers.error > trial.numbers.tolerance * trial.numbers.scale
        if not np.isfinite(trial.numbers.got).all() or (wrong.ndim > 1 and wrong[..., 1:-1, 1:-1].any()):
            return None
        seen += wrong.ndim > 1 and min(wrong.shape[-2:]) > 2 and np.count_nonzero(wrong) > 1
    if seen < 2:
        return None
    return Finding(
        "border", f"{evidence.gradient} is wrong only at the edge of the image; the inside is right.", "edge"
    )


def small_everywhere(evidence: Evidence) -> Finding | None:
    """A small relative error, and no large one anywhere."""
    numbers = [t.numbers for t in evidence.failing]
    if not numbers or not all(np.all(n.error <= 1e-2 * np.abs(n.expected)) for n in numbers):
        return None
    return Finding(
        "precision",
        f"{evidence.gradient} is close everywhere, off by less than a hundredth: a constant that is not quite right, "
        "or too few digits on the way.",
        "small relative error",
    )
