"""What a diagnosis may look at, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.compare import Comparison
from cnnlab.gradcheck.diagnosis.axis_words import holds_images
from cnnlab.gradcheck.problem import Problem
from cnnlab.gradcheck.wording import read_hidden


@dataclass(frozen=True)
class Trial:
    """One case with its numbers."""

    case: Case
    numbers: Comparison

    @property
    def passed(self) -> bool:
        return self.numbers.passed

    @property
    def size(self) -> int:
        return self.case.size + self.numbers.expected.size


@dataclass(frozen=True)
class Evidence:
    """One wrong gradient: every case with the learner's numbers and the right ones, and both to be asked again.

    run: the learner's gradient for a changed case, or None where it has none.   right: the right one.
    unclear: cases with their verdicts, whose numbers tell nothing of what was meant, as where several answers are
    right.   plan: seed -> the cases with other numbers.   partial: a formula need not hold in every failing case.
    whole: whether these are all cases, and none is left out that another cause explains.   give_time: lets the right
    gradient be asked for some seconds more.   is_late: whether no time is left for further formulas.   wrong: the names
    of all gradients that are wrong in some case.   memory: what hypotheses share.
    """

    problem: Problem
    gradient: str
    trials: tuple[Trial, ...]
    run: Callable[[Case], np.ndarray | None]
    right: Callable[[Case], np.ndarray]
    unclear: tuple[Trial, ...] = ()
    plan: Callable[[int], tuple[Case, ...]] = field(default=lambda seed: ())
    partial: bool = False
    whole: bool = True
    give_time: Callable[[], None] = lambda: None
    is_late: Callable[[], bool] = lambda: False
    wrong: frozenset[str] = frozenset()
    memory: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def remember(self, key: str, compute: Callable[[], Any]) -> Any:
        """Return what `compute` gives, computed once."""
        if key not in self.memory:
            self.memory[key] = compute()
        return self.memory[key]

    @property
    def is_data_gradient(self) -> bool:
        """Whether this is the gradient with respect to the first input, the data, and not to a parameter."""
        return self.gradient == next(iter(self.problem.oracle.wrt), None)

    @property
    def is_image_gradient(self) -> bool:
        """Whether this is the gradient with respect to the data, and the data are images, rows and columns last."""
        axes = min(t.numbers.expected.ndim for t in self.trials)
        return self.is_data_gradient and holds_images(self.problem.oracle.wrt[self.gradient], axes, self.problem)

    @property
    def where(self) -> str:
        """Return "in every case", or words for some of the cases."""
        return "in every case" if self.whole and not self.partial else "in these cases"

    @cached_property
    def failing(self) -> tuple[Trial, ...]:
        return tuple(t for t in self.trials if not t.passed)

    @cached_property
    def smallest_first(self) -> tuple[Trial, ...]:
        """Return the trials, failing ones first and of these the smallest that tell much: to reject formulas early."""
        return tuple(sorted(self.trials, key=lambda t: (t.passed, _count_telling_numbers(t) < 2, t.size)))

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
        explained = self.find_explained(formula, least)
        self.memory["explained"] = frozenset(t.case.name for t in explained or ())
        return explained is not None

    def find_explained(self, formula: Callable[[Trial], np.ndarray | None], least: int = 2) -> tuple[Trial, ...] | None:
        """Return the failing trials whose numbers are this formula's; None where it is not the learner's.

        As in `matches_formula`; where the evidence is partial, a formula is the learner's too when it fits some of the
        failing cases, and every case that passes.
        """
        if self.is_late():
            raise TooSlow
        explained: list[Trial] = []
        numbers, missed = 0, 0
        for trial in self.smallest_first:
            candidate, expected = formula(trial), trial.numbers.expected
            if candidate is None or candidate.shape != trial.numbers.got.shape:
                candidate = expected
            floor = NOISE_SHARE * trial.numbers.scale
            fits = matches(trial.numbers.got, candidate, trial.case.tolerance, floor)
            if not fits or not (trial.passed or _is_nearer(trial, candidate)):
                missed += 1
                if not self.partial or trial.passed or (missed >= MAX_PROBES and not explained):
                    return None
                continue
            if not trial.passed or not matches(candidate, expected, trial.case.tolerance, floor):
                explained.append(trial)
                numbers += np.count_nonzero(np.abs(candidate - expected) > FORMULA_RTOL * trial.numbers.scale)
        if self.partial:
            enough = len(explained) >= max(least, MIN_PART_SHARE * len(self.failing))
            enough = enough and self.leaves_a_kind(explained)
        else:
            enough = len(explained) >= min(least, len(self.trials)) or numbers >= MIN_TELLING_NUMBERS
        return tuple(explained) if enough and explained else None

    def leaves_a_kind(self, explained: Sequence[Trial]) -> bool:
        """Whether the failing cases that a formula leaves are of a kind of their own, with another mistake.

        Of an op that acts entry by entry, an option is a number of the formula: one that fits at one value of it
        alone is another formula.
        """
        missed = [t for t in self.failing if t not in explained]
        entrywise = all(np.shape(t.case.dy) in (t.numbers.expected.shape, ()) for t in self.trials)
        kinds = [p.label for p in self.problem.oracle.properties if not (entrywise and p.code == "option")]
        if len(missed) < 2 and not entrywise:
            return True
        apart = (all(k in t.case.has for t in missed) and not any(k in t.case.has for t in explained) for k in kinds)
        numbers_alone = len(missed) < 2 and not any(t.case.has - explained[0].case.has for t in missed)
        return numbers_alone or any(apart)


def _is_nearer(trial: Trial, candidate: np.ndarray) -> bool:
    """Whether a formula is much nearer to the learner's numbers than the right answer is."""
    distance = np.abs(trial.numbers.got - candidate)
    return bool(distance[np.isfinite(distance)].max(initial=0.0) <= NEARER * trial.numbers.largest)


def _count_telling_numbers(trial: Trial) -> int:
    return np.unique(trial.numbers.expected).size


class TooSlow(Exception):
    """The right answers, asked for again and again, or the whole search take too long to go on."""


@dataclass(frozen=True)
class Finding:
    """A diagnosis that was verified. code: see codes.py; sentence: for the learner; detail: a few words.

    explained: the names of the failing cases that it explains; None for all of them.   factor: case -> the number that
    the right gradient was multiplied by, where this is what was found.
    public_sentence, public_detail: as a graded report shows them, where that is something else (wording.mark_hidden).
    """

    code: Code
    sentence: str
    detail: str = ""
    explained: frozenset[str] | None = None
    factor: Callable[[Case], float] | None = None
    public_sentence: str = ""
    public_detail: str = ""

    def __post_init__(self) -> None:
        """Split texts with marked numbers into what is shown to everyone and what is not."""
        for name in ("sentence", "detail"):
            shown, public = read_hidden(getattr(self, name))
            if public:
                object.__setattr__(self, name, shown)
                object.__setattr__(self, f"public_{name}", public)


#: A formula is recognised where its numbers agree this closely: a factor of 1/9 is rounded in float32.
FORMULA_RTOL = 1e-5

#: As many wrong numbers in one case are not recognised by chance.
MIN_TELLING_NUMBERS = 4

#: A formula is at most this share of the error away from the learner's numbers.
NEARER = 0.2

#: A formula that fits some of the failing cases fits one of so many small ones.
MAX_PROBES = 3

#: It explains at least this share of them.
MIN_PART_SHARE = 0.2

#: Numbers that are this small beside the right ones are what rounding leaves of a sum that is 0.
NOISE_SHARE = 1e-9

Hypothesis = Callable[[Evidence], Finding | None]


def matches(got: np.ndarray, candidate: np.ndarray, tolerance: float, floor: float = 0.0) -> bool:
    """Whether two arrays agree as closely as a right answer must; a formula is recognised or it is not.

    floor: the least size that the numbers are compared with, where a sum of large numbers may be 0.
    """
    candidate = np.asarray(candidate)
    if got.shape != candidate.shape:
        return False
    finite = np.isfinite(candidate)
    scale = max(float(np.abs(candidate[finite]).max(initial=0.0)), floor) or 1.0
    near = np.abs(got - candidate) <= max(10 * tolerance, FORMULA_RTOL) * scale
    return bool(np.all(np.where(finite, near, (got == candidate) | (np.isnan(got) & np.isnan(candidate)))))
