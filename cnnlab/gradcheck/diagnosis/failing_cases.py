"""Which cases fail, and where in the array: what only certain cases or places get wrong."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from cnnlab.gradcheck import wording
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.diagnosis.counterfactual import is_cause
from cnnlab.gradcheck.diagnosis.evidence import Evidence, Finding
from cnnlab.gradcheck.problem import Property


def find_separating_property(properties: Sequence[Property], cases: Sequence[tuple[Case, bool]]) -> Property | None:
    """Return the property that separates failing cases from passing ones.

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
    return next((p for p in needed if any(case.varies == frozenset({p.label}) for case in failing)), None)


def describe_failing_cases(properties: Sequence[Property], cases: Sequence[tuple[Case, bool]]) -> str | None:
    """Return the sentence "Fails in 5 of 30 cases: …", or None where nothing fails."""
    found = name_failing_cases(properties, cases)
    return f"Fails {found}." if found else None


def name_failing_cases(properties: Sequence[Property], cases: Sequence[tuple[Case, bool]]) -> str | None:
    """Return the phrase "in 5 of 30 cases: …", which is part of a sentence, or None where nothing fails."""
    failing = [case for case, passed in cases if not passed]
    if not failing:
        return None
    if len(failing) == len(cases):
        return f"in {wording.name_all(len(cases), 'case')}"
    count = f"in {len(failing)} of {len(cases)} cases"
    found = find_separating_property(properties, cases)
    if not found:
        rest = f"; and {wording.count(len(failing) - 3, 'other')}" if len(failing) > 3 else ""
        names = "; ".join(case.name for case in failing[:3]) + rest  # names have commas of their own
        return f"{count}: {names}"
    every = not any(passed and found.label in case.has for case, passed in cases)
    return f"{count}: {'every one' if every else 'some of those'} with {found.label}, and no other"


def find_property(*codes: Code):
    """Make a hypothesis: right without a property of these codes, wrong with it."""

    def hypothesis(evidence: Evidence) -> Finding | None:
        everything = (*evidence.trials, *evidence.unclear)
        found = find_separating_property(evidence.problem.oracle.properties, [(t.case, t.passed) for t in everything])
        if not found or found.code not in codes or not is_cause(evidence, found):
            return None
        every = all(found.label not in t.case.has for t in everything if t.passed)
        which = f"with {found.label}" if every else f"in some cases with {found.label}"
        text = f"{evidence.gradient} is wrong {which}, and right in the same case without it."
        return Finding(Code(found.code), text, found.detail or found.label)

    return hypothesis


def find_option_pair(evidence: Evidence) -> Finding | None:
    """Find two options: wrong in every case that has both, and in no other."""
    options = [p for p in evidence.problem.oracle.properties if p.code == "option"]
    for first, second in combinations(options, 2):
        alone = [{first.label, second.label} & t.case.has for t in evidence.trials]
        if not ({first.label} in alone and {second.label} in alone):
            continue  # one comes with the other
        both = [{first.label, second.label} <= t.case.has for t in evidence.trials]
        if not any(t.case.varies == frozenset({first.label, second.label}) for t in evidence.failing):
            continue  # each of these cases has something else as well
        if any(both) and all(t.passed != b for t, b in zip(evidence.trials, both, strict=True)):
            text = f"{evidence.gradient} is wrong in every case with {first.label} and {second.label} together, "
            return Finding(Code.OPTION, text + "and in no other.", f"{first.detail} with {second.detail}")
    return None


def find_missing_property(*codes: Code):
    """Make a hypothesis: the first case is wrong, and one that lacks only this property is right."""

    def hypothesis(evidence: Evidence) -> Finding | None:
        plain = next((t for t in evidence.trials if not t.case.varies), None)
        if plain is None or plain.passed:
            return None
        for found in evidence.problem.oracle.properties:
            everywhere = all(found.label in t.case.has for t in evidence.failing)
            if found.code in codes and everywhere and is_cause(evidence, found):
                text = f"{evidence.gradient} is wrong with {found.label}, and right in the same case without it."
                return Finding(Code(found.code), text, found.detail or found.label)
        return None

    return hypothesis


def find_nan(evidence: Evidence) -> Finding | None:
    """Find NaN or infinity in every case that fails: right elsewhere, or in every case."""
    failing, name = evidence.failing, evidence.gradient
    if not failing or any(np.isfinite(t.numbers.got).all() for t in failing):
        return None
    if len(failing) == len(evidence.trials) and evidence.whole:
        return Finding(Code.STABILITY, _describe_not_finite(evidence), "NaN or infinity in every case")
    cases = ", ".join(f"“{t.case.name}”" for t in failing[:3])
    return Finding(
        Code.STABILITY,
        f"{name} holds NaN or infinity in {cases}{', and is right elsewhere' if evidence.whole else ''}.",
        "NaN or infinity",
    )


def _describe_not_finite(evidence: Evidence) -> str:
    """Return which entries are NaN or infinity where every case has some, and whether the others are right."""
    arrays, name = [t.numbers.got for t in evidence.failing], evidence.gradient
    bad = np.concatenate([a[~np.isfinite(a)].ravel() for a in arrays])
    what = "NaN" if np.isnan(bad).all() else "infinite" if np.isinf(bad).all() else "NaN or infinite"
    if not any(np.isfinite(a).any() for a in arrays):
        return f"Every number of {name} is {what}, in every case: look for a division by zero, 0 · inf or inf - inf."
    first = evidence.failing[0]
    got, count = first.numbers.got, int((~np.isfinite(first.numbers.got)).sum())
    others_right = all(
        np.all(np.where(np.isfinite(t.numbers.got), t.numbers.error <= t.numbers.tolerance * t.numbers.scale, True))
        for t in evidence.failing
    )
    where = ", ".join(str(tuple(map(int, index))) for index in np.argwhere(~np.isfinite(got))[:3])
    return (
        f"Some entries of {name} are {what} in every case ({count} of {got.size} in “{first.case.name}”, such as "
        f"{where}){', and the others are right' if others_right else ''}."
    )


def find_wrong_border(evidence: Evidence) -> Finding | None:
    """Find wrong entries of an image's gradient that all lie on an edge of its last two axes."""
    if not evidence.is_image_gradient:
        return None  # the edge of a kernel is no border, and the first time of a sequence is none
    seen = 0
    for trial in evidence.failing:
        wrong = trial.numbers.error > trial.numbers.tolerance * trial.numbers.scale
        if not np.isfinite(trial.numbers.got).all() or wrong[..., 1:-1, 1:-1].any():
            return None
        seen += min(wrong.shape[-2:]) > 2 and np.count_nonzero(wrong) > 1
    if seen < 2:
        return None
    return Finding(
        Code.BORDER, f"{evidence.gradient} is wrong only at the edge of the image; the inside is right.", "edge"
    )


def find_small_error(evidence: Evidence) -> Finding | None:
    """Find a small relative error, and no large one anywhere."""
    numbers = [t.numbers for t in evidence.failing]
    if not numbers or not all(np.all(n.error <= 1e-2 * np.abs(n.expected)) for n in numbers):
        return None
    return Finding(
        Code.PRECISION,
        f"{evidence.gradient} is close everywhere, off by less than a hundredth: a constant that is not quite right, "
        "or too few digits on the way.",
        "small relative error",
    )
