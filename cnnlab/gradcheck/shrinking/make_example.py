"""Make the example of a failing check: the smallest failing case, shrunk while it fails in the same way."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from cnnlab.gradcheck.case import CORE, Case
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.example import Example
from cnnlab.gradcheck.problem import Oracle
from cnnlab.gradcheck.shrinking.attempt import Attempt, Run, WayOfFailing, describe_failure
from cnnlab.gradcheck.shrinking.axis_links import find_axis_links, fit_dy
from cnnlab.gradcheck.shrinking.show_attempt import count_numbers, show_forward, show_gradient
from cnnlab.gradcheck.shrinking.small_numbers import propose_small_numbers
from cnnlab.gradcheck.shrinking.smaller_cases import list_moves

#: What shrinking may cost: attempts, seconds of processor time, and seconds on the clock.
MAX_ATTEMPTS = 120
SHRINKING_SECONDS = 0.03
SHRINKING_CLOCK_SECONDS = 0.5

#: Attempts with other numbers in the smallest case, for which there is time of its own.
MAX_REDRAWS = 8

#: Cases with more numbers are not shrunk.
MAX_START_NUMBERS = 5000

#: How many of the failing cases are looked at, the smallest first.
MAX_STARTS = 3


@dataclass
class Budget:
    """What is left for shrinking."""

    attempts: int = MAX_ATTEMPTS
    worked: float = field(default_factory=time.thread_time)
    started: float = field(default_factory=time.perf_counter)

    def is_spent(self) -> bool:
        late = time.perf_counter() - self.started > SHRINKING_CLOCK_SECONDS
        return self.attempts <= 0 or late or time.thread_time() - self.worked > SHRINKING_SECONDS


@dataclass(frozen=True)
class Shrinker:
    """A failing gradient. run: makes an attempt.   usual: the options of the plainest case."""

    gradient: str
    oracle: Oracle
    run: Run
    usual: Mapping[str, Any]
    budget: Budget

    def shrink(self, start: Attempt, way: WayOfFailing) -> Attempt:
        """Return the smallest attempt that fails in the same way."""
        if self.oracle.smaller:
            return self._take_smaller(start, way)
        found = self._shrink_arrays(start, way)
        last = replace(self, budget=Budget(MAX_REDRAWS))  # numbers that can be read matter most
        return last._find_alike(propose_small_numbers(found.case), way) or found

    def _take_smaller(self, found: Attempt, way: WayOfFailing) -> Attempt:
        """Take the first of the smaller cases that the exercise itself proposes, for as long as there is one."""
        assert self.oracle.smaller
        tried: set[str] = set()

        def list_untried(case: Case) -> Iterator[Case]:
            assert self.oracle.smaller
            for other in self.oracle.smaller(case):
                key = repr((other.inputs, other.options))
                if key not in tried:
                    tried.add(key)
                    yield other

        while smaller := self._find_alike(list_untried(found.case), way):
            found = smaller
        return found

    def _shrink_arrays(self, found: Attempt, way: WayOfFailing) -> Attempt:
        links = find_axis_links(found.case, self._ask_shape)
        moves = list_moves(found.case, self.usual, links)
        while True:
            before = found
            for move in moves:
                case = move(found.case)
                found = (case and self._find_alike((case,), way)) or found
            if found is before:
                return found

    def _find_alike(self, cases: Iterable[Case], way: WayOfFailing) -> Attempt | None:
        """Return the first attempt that fails in the same way, within the budget."""
        for case in cases:
            if self.budget.is_spent():
                return None
            try:
                shape = self._ask_shape(case)
            except Exception:  # it is none that the op takes
                continue
            self.budget.attempts -= 1
            attempt = try_case(self.run, fit_dy(case, shape) if self.oracle.wrt else case)
            if attempt and way.is_shared_by(describe_failure(attempt, self.gradient)):
                return attempt
        return None

    def _ask_shape(self, case: Case) -> tuple[int, ...]:
        """Return the shape of y; without a forward the right answer shows whether the case can be asked."""
        if self.oracle.reference and self.oracle.wrt:
            return np.shape(self.oracle.reference(*case.inputs.values(), **case.options)[0])
        expected = self.oracle.by_numpy or self.oracle.by_pytorch
        if expected:
            expected(case)
        return ()


def _is_empty(case: Case) -> bool:
    return any(array.size == 0 for array in case.arrays)


def try_case(run: Run, case: Case) -> Attempt | None:
    """Return an attempt, or None where there is no right answer to the case."""
    try:
        return run(case)
    except Exception:  # the judge raises what the op raises: the case is none that it takes
        return None


def make_example(
    gradient: str,
    failing: Iterable[Case],
    oracle: Oracle,
    run: Run,
    right: Callable[[Case, str], np.ndarray],
    usual: Mapping[str, Any],
) -> Example | None:
    """Return the smallest failing case of a gradient, worked out, or None where no case shows what is wrong.

    That is so where the numbers are right and the memory is not, where nothing came back in time, where nothing goes
    in, and where the case is too large to be read. Where the answer raised, `got` is None.
    failing: the cases.   right: (case, gradient) -> the right gradient.   usual: the options of the plainest case.
    """
    ordered = sorted(failing, key=lambda case: (case.stage != CORE, _is_empty(case), case.size))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for case in ordered[:MAX_STARTS]:
            start = try_case(run, case) if 0 < count_numbers(case.inputs) <= MAX_START_NUMBERS else None
            way = describe_failure(start, gradient) if start else None
            if start and way:
                found = Shrinker(gradient, oracle, run, usual, Budget()).shrink(start, way)
                if way.code == Code.FORWARD:
                    return show_forward(found)
                return show_gradient(found, gradient, oracle, lambda other: right(other, gradient))
    return None
