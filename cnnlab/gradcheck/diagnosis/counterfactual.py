"""Whether a property makes cases fail: the same case without it is right, and with it wrong, for other numbers too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.diagnosis.evidence import Evidence, Trial, matches
from cnnlab.gradcheck.problem import Property

#: Seeds for other numbers in the same cases; far from those that anybody gives.
FRESH_SEEDS = (910_001, 910_002, 910_003, 910_004)

#: How many pairs of cases are tried.
MAX_PAIRS = 3

#: A gradient of numbers of the size of 1 whose entries are all smaller than this is 0, but for rounding.
LARGEST_ZERO = 1e-12


def is_cause(evidence: Evidence, found: Property) -> bool:
    """Return whether taking the property away mends a failing case, and giving it to a passing one breaks it.

    Tried on the learner's code with pairs of cases that differ in this property alone, with other numbers.
    """
    pairs = [pair for pair in _list_pairs(evidence, found) if not pair[0].passed]
    if not pairs or not all(without.passed for _, without in pairs):
        return False
    chosen = pairs[:MAX_PAIRS]
    plans = [{case.name: case for case in evidence.plan(seed)} for seed in FRESH_SEEDS]
    for with_it, without in chosen:
        fresh = [(p[with_it.case.name], p[without.case.name]) for p in plans if with_it.case.name in p]
        tried = fresh or [_change_dy(with_it, without)]
        if not all(_passes(evidence, right) for _, right in tried):
            return False
        if 2 * sum(_passes(evidence, wrong) is False for wrong, _ in tried) < len(tried):
            return False
    return True


def _list_pairs(evidence: Evidence, found: Property) -> list[tuple[Trial, Trial]]:
    """Return the pairs of a case with the property and one that differs in nothing else, the smallest first."""
    everything = (*evidence.trials, *evidence.unclear)
    having = {frozenset(t.case.has): t for t in reversed(everything)}
    every = [t.case.has for t in everything if found.label in t.case.has]
    comes_along = frozenset.intersection(*every) if every else frozenset()
    plain = frozenset(everything[0].case.has)
    own = frozenset(label for label in comes_along if label not in plain) | {found.label}
    pairs = [
        (t, having[t.case.has - gone])
        for t in everything
        if found.label in t.case.has
        for gone in dict.fromkeys((frozenset({found.label}), own))
        if t.case.has - gone in having and _can_be_wrong(having[t.case.has - gone])
    ]
    return sorted(pairs, key=lambda pair: pair[0].size)


def _can_be_wrong(trial: Trial) -> bool:
    """Return whether a right answer tells anything: where it is 0 everywhere, any factor gives the same."""
    return not trial.passed or bool((np.abs(trial.numbers.expected) > LARGEST_ZERO).any())


def _change_dy(with_it: Trial, without: Trial) -> tuple[Case, Case]:
    first, second = (replace(t.case, dy=_make_other(t.case.dy)) for t in (with_it, without))
    return first, second


def _make_other(dy):
    return dy if dy is None else np.asarray(1 - 3 * dy, np.asarray(dy).dtype)[()]


def _passes(evidence: Evidence, case: Case) -> bool | None:
    """Return whether the learner's code is right; None where it cannot be told."""
    again = evidence.run(case)
    try:
        right = evidence.right(case)
    except (ValueError, RuntimeError, AssertionError):
        return None
    return again is not None and matches(again, right, case.tolerance)
