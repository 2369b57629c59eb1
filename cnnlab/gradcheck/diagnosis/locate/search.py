"""Search: try one change after the other until every case passes, and go on from one that mends some of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.diagnosis.locate.trials import SearchOver
from cnnlab.gradcheck.diagnosis.locate.versions import Version, Versions
from cnnlab.gradcheck.runner.answer import Answer

#: How many changes one after the other are made at most.
MAX_STEPS = 3

#: Changes that mend some cases and not all are judged on every case at most so often.
MAX_PARTIAL = 60

#: After a change that mends some cases, so many more are tried alone before the search goes on from it.
MAX_AFTER_PARTIAL = 1200

#: The time is looked at after so many trials; on some systems a look costs as much as a trial.
LOOK_EVERY = 10

#: After a trial that took so long, the time is looked at too.
SLOW_SECONDS = 0.1

#: On the clock a search may take so many times its processor time, as much as a whole check may.
CLOCK_FACTOR = 4

#: What an answer's failure is called that did not end in time.
TIMEOUT = "timeout"


class Judge(Protocol):
    """What is right: the cases, and which gradients of an answer to them are."""

    @property
    def cases(self) -> Sequence[Case]: ...

    @property
    def gradients(self) -> Sequence[str]: ...

    def right_gradients(self, number: int, answer: Answer) -> frozenset[str]:
        """Return the gradients that an answer to a case has right, the contract included."""
        ...

    def blames_memory(self, number: int, answer: Answer) -> bool:
        """Return whether only the memory or the dtype of an answer's arrays is wrong."""
        ...

    def confirm(self, run: Callable[[Case], Answer]) -> bool:
        """Return whether everything is right, what is asked of all cases together included."""
        ...


@dataclass(frozen=True)
class Step:
    """What was found in one step: one change, or two that were tried together.

    passing: the gradients that are right with it, by case.   version: with it made.   before: without.
    """

    changes: tuple[Any, ...]
    passing: tuple[frozenset[str], ...]
    version: Version
    before: Version


@dataclass
class Found:
    """steps: the changes, in the order in which they were found.   complete: whether every case passes with them.

    already_right: whether every case passes without any.
    """

    steps: list[Step] = field(default_factory=list)
    complete: bool = False
    tried: int = 0
    seconds: float = 0.0
    of: int = 0
    already_right: bool = False


class _OutOfBudget(Exception):
    """The search has used its time."""


class _Late(Exception):
    """A changed function did not end in one case; it is asked about no other."""


@dataclass
class Search:
    """One search.

    versions: the functions, of which changed versions are tried.   seconds: of processor time.
    max_trials: how many changes are tried at most.   show: called with how many were tried.
    """

    judge: Judge
    versions: Versions
    seconds: float = 10.0
    max_trials: int | None = None
    show: Callable[[int], object] = lambda tried: None
    result: Found = field(default_factory=Found)

    def run(self) -> Found:
        """Return what was found in the time."""
        self._started, self._clock = time.process_time(), time.perf_counter()
        everything = frozenset(self.judge.gradients)
        version = original = self.versions.original
        try:
            passing = self._judge_unchanged()
            self.result.of = len(passing)
            if all(p == everything for p in passing):
                self.result.already_right = self.judge.confirm(
                    lambda case: self.versions.run(original, case) or Answer()
                )
                return self.result
            while len(self.result.steps) < MAX_STEPS:
                step = self._find_step(version, passing)
                if step is None:
                    break
                self.result.steps.append(step)
                version, passing = step.version, list(step.passing)
                if all(p == everything for p in passing):
                    self.result.complete = True
                    break
        except (_OutOfBudget, SearchOver):
            if self._partial and not self.result.complete:
                self.result.steps.append(self._partial)
                everything_right = all(p == everything for p in self._partial.passing)
                self.result.complete = everything_right
        self.result.seconds = self._count_seconds()
        return self.result

    def _count_seconds(self) -> float:
        return time.process_time() - self._started + self.versions.used_seconds()

    def _has_spent_all(self) -> bool:
        waited = time.perf_counter() - self._clock
        return waited > CLOCK_FACTOR * self.seconds or self._count_seconds() > self.seconds

    def _judge_unchanged(self) -> list[frozenset[str]]:
        """Return what is right by case before any change; nothing is after a case that did not end."""
        passing: list[frozenset[str]] = []
        late = False
        for number in range(len(self.judge.cases)):
            answer = None if late else self.versions.run(self.versions.original, number)
            late = late or _is_late(answer)
            passing.append(frozenset() if answer is None else self.judge.right_gradients(number, answer))
        return passing

    def _find_right(self, version: Version, number: int) -> frozenset[str]:
        started = time.perf_counter()
        answer = self.versions.run(version, number)
        if time.perf_counter() - started > SLOW_SECONDS and self._has_spent_all():
            raise _OutOfBudget
        if _is_late(answer):
            raise _Late
        return frozenset() if answer is None else self.judge.right_gradients(number, answer)

    def _find_step(self, version: Version, passing: list[frozenset[str]]) -> Step | None:
        """Return the first change that makes everything right, else the one that makes most right and none wrong."""
        self._partial = None
        everything = frozenset(self.judge.gradients)
        failing = [n for n, p in enumerate(passing) if p != everything]
        failing.sort(key=lambda n: (self.judge.cases[n].size, n))
        targets = self._choose_targets(failing, passing)
        for position, target in enumerate(targets):
            changes = self._list_changes(version, target, everything - passing[target])
            order = [*targets[position + 1 :], *failing, *(n for n in range(len(passing)) if passing[n] == everything)]
            order = [n for n in dict.fromkeys(order) if n != target]
            since_partial = 0
            for change in changes:
                step = self._try(version, (change,), passing, target, order)
                if step is not None:
                    return step
                since_partial += self._partial is not None
                if since_partial > MAX_AFTER_PARTIAL:
                    break
            if self._partial is not None:
                return self._partial
        for target in targets[:1]:
            changes = self._list_changes(version, target, everything - passing[target])
            order = [n for n in dict.fromkeys([*failing, *range(len(passing))]) if n != target]
            for pair in self.versions.list_pairs(changes):
                step = self._try(version, pair, passing, target, order)
                if step is not None:
                    return step
        return self._partial

    def _choose_targets(self, failing: list[int], passing: list[frozenset[str]]) -> list[int]:
        """Return the smallest failing case, and the smallest that fail in another way."""
        chosen, ways = [], set()
        for n in failing:
            way = (passing[n], self.judge.cases[n].varies)
            if way not in ways:
                ways.add(way)
                chosen.append(n)
        return chosen[:4]

    def _list_changes(self, version: Version, target: int, wrong: frozenset[str]) -> Sequence[Any]:
        answer = self.versions.run(version, target)
        memory = answer is not None and self.judge.blames_memory(target, answer)
        return self.versions.list_changes(version, target, wrong, self.judge.gradients, memory)

    def _try(self, version: Version, changes: tuple[Any, ...], passing, target: int, order: list[int]) -> Step | None:
        """Return the step where everything passes; keep the best of those where more passes than before."""
        self.result.tried += 1
        self.show(self.result.tried)
        self._stop_if_spent()
        new = self.versions.make(version, changes)
        try:
            first = self._find_right(new, target)
            if not first > passing[target]:
                return None
            return self._judge_all(version, new, changes, passing, {target: first}, order)
        except _Late:
            return None

    def _stop_if_spent(self) -> None:
        too_long = self.result.tried % LOOK_EVERY == 0 and self._has_spent_all()
        if too_long or (self.max_trials and self.result.tried > self.max_trials):
            raise _OutOfBudget

    def _judge_all(self, version, new, changes, passing, known: dict, order: list[int]) -> Step | None:
        everything, complete = frozenset(self.judge.gradients), True
        for n in order:
            known[n] = self._find_right(new, n)
            if not known[n] >= passing[n]:
                return None
            if known[n] != everything and complete:
                complete = False
                if self._partials >= MAX_PARTIAL:
                    return None
                self._partials += 1
        step = Step(changes, tuple(known[n] for n in range(len(passing))), new, version)
        if all(p == everything for p in step.passing):
            confirmed = self.judge.confirm(lambda case: self.versions.run(new, case) or Answer())
            return step if confirmed else None
        if self._is_much(step, passing) and (self._partial is None or _count(step) > _count(self._partial)):
            self._partial = step
        return None

    def _is_much(self, step: Step, passing: list[frozenset[str]]) -> bool:
        """Return whether a change mends at least half of what was wrong, so that it is no accident."""
        total = len(passing) * len(self.judge.gradients)
        wrong = total - sum(map(len, passing))
        return 2 * (_count(step) - sum(map(len, passing))) >= wrong

    _partial: Step | None = None
    _partials: int = 0


def _is_late(answer: Answer | None) -> bool:
    return answer is not None and answer.error is not None and answer.error.kind == TIMEOUT


def _count(step: Step) -> int:
    return sum(map(len, step.passing))
