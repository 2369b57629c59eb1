"""What a diagnosis may look at, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.compare import Comparison
from cnnlab.gradcheck.problem import Problem


@dataclass(frozen=True)
class Trial:
    """One case with its numbers."""

    case: Case
    numbers: Comparison

    @property
    def passed(self) -> bool:
        return self.numbers.passed


@dataclass(frozen=True)
class Evidence:
    """One wrong gradient: every case with the learner's numbers and the right ones, and both to be asked again.

    run: the learner's gradient for a changed case, or None where it has none.   right: the right one.
    """

    problem: Problem
    gradient: str
    trials: tuple[Trial, ...]
    run: Callable[[Case], np.ndarray | None]
    right: Callable[[Case], np.ndarray]

    @property
    def failing(self) -> tuple[Trial, ...]:
        return tuple(t for t in self.trials if not t.passed)

    def explained_by(self, formula: Callable[[Trial], np.ndarray | None], least: int = 2) -> bool:
        """Whether the learner's numbers are this formula's in every case, and it differs from the right one in `least`.

        Where a formula does not apply (it gives None, or another shape) the learner's numbers must be right.
        """
        telling = 0
        for trial in self.trials:
            candidate, expected = formula(trial), trial.numbers.expected
            if candidate is None or candidate.shape != trial.numbers.got.shape:
                candidate = expected
            if not matches(trial.numbers.got, candidate, trial.case.tolerance):
                return False
            telling += not matches(candidate, expected, trial.case.tolerance)
        return telling >= min(least, len(self.trials))


@dataclass(frozen=True)
class Finding:
    """A diagnosis that was verified. code: from the table of codes; sentence: for the learner; detail: a few words."""

    code: str
    sentence: str
    detail: str = ""


#: A formula is recognised where its numbers agree this closely: a factor of 1/9 is rounded in float32.
RECOGNISED = 1e-5

Hypothesis = Callable[[Evidence], Finding | None]


def matches(got: np.ndarray, candidate: np.ndarray, tolerance: float) -> bool:
    """Whether two arrays agree as closely as a right answer must; a formula is recognised or it is not."""
    candidate = np.asarray(candidate)
    if got.shape != candidate.shape:
        return False
    finite = np.isfinite(candidate)
    scale = float(np.abs(candidate[finite]).max(initial=0.0)) or 1.0
    near = np.abs(got - candidate) <= max(10 * tolerance, RECOGNISED) * scale
    return bool(np.all(np.where(finite, near, (got == candidate) | (np.isnan(got) & np.isnan(candidate)))))
