"""What a diagnosis may look at, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.codes import Code
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
    def is_data_gradient(self) -> bool:
        """Whether this is the gradient with respect to the first input, the data, and not to a parameter."""
        return self.gradient == next(iter(self.problem.oracle.wrt), None)

    @property
    def failing(self) -> tuple[Trial, ...]:
        return tuple(t for t in self.trials if not t.passed)

    def passes_with_other_dy(self, trial: Trial) -> bool:
        """Whether a case that passed passes with other upstream gradients too: that it passed was no luck."""
        dy = trial.case.dy
        for other in () if dy is None else (1 - 3 * dy, 2 + 0.5 * np.flip(dy) if np.ndim(dy) else 2 + dy):
            case = replace(trial.case, dy=np.asarray(other, np.asarray(dy).dtype)[()])
            again = self.run(case)
            if again is None or not matches(again, self.right(case), trial.case.tolerance):
                return False
        return True

    def matches_formula(self, formula: Callable[[Trial], np.ndarray | None], least: int = 2) -> bool:
        """Whether the learner's numbers are this formula's in every case, and it differs from the right one in `least`,
        or in one with numbers enough that it cannot be chance.

        Where a formula does not apply (it gives None, or another shape) the learner's numbers must be right.
        """
        telling, numbers = 0, 0
        for trial in self.trials:
            candidate, expected = formula(trial), trial.numbers.expected
            if candidate is None or candidate.shape != trial.numbers.got.shape:
                candidate = expected
            floor = NOISE_SHARE * trial.numbers.scale
            if not matches(trial.numbers.got, candidate, trial.case.tolerance, floor):
                return False
            if not matches(candidate, expected, trial.case.tolerance, floor):
                telling += 1
                numbers += np.count_nonzero(np.abs(candidate - expected) > FORMULA_RTOL * trial.numbers.scale)
        return telling >= min(least, len(self.trials)) or bool(numbers >= MIN_TELLING_NUMBERS)


@dataclass(frozen=True)
class Finding:
    """A diagnosis that was verified. code: see codes.py; sentence: for the learner; detail: a few words."""

    code: Code
    sentence: str
    detail: str = ""


#: A formula is recognised where its numbers agree this closely: a factor of 1/9 is rounded in float32.
FORMULA_RTOL = 1e-5

#: As many wrong numbers in one case are not recognised by chance.
MIN_TELLING_NUMBERS = 4

#: Numbers that are this small beside the right ones are what rounding leaves of a sum that is 0.
NOISE_SHARE = 1e-9

Hypothesis = Callable[[Evidence], Finding | None]


def matches(got: np.ndarray, candidate: np.ndarray, tolerance: float, floor: float = 0.0) -> bool:
    """Whether two arrays agree as closely as a right answer must; a formula is recognised or it is not.

    floor: the least size that the numbers are held against, where a sum of large numbers may be 0.
    """
    candidate = np.asarray(candidate)
    if got.shape != candidate.shape:
        return False
    finite = np.isfinite(candidate)
    scale = max(float(np.abs(candidate[finite]).max(initial=0.0)), floor) or 1.0
    near = np.abs(got - candidate) <= max(10 * tolerance, FORMULA_RTOL) * scale
    return bool(np.all(np.where(finite, near, (got == candidate) | (np.isnan(got) & np.isnan(candidate)))))
