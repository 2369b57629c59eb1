"""Search: try one change after the other until every case passes, and go on from one that mends some of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Protocol

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.diagnosis.locate.change import Change, apply_edits
from cnnlab.gradcheck.diagnosis.locate.changes.every_change import make_changes
from cnnlab.gradcheck.diagnosis.locate.changes.scope import Scope
from cnnlab.gradcheck.diagnosis.locate.ranking import rank_changes
from cnnlab.gradcheck.diagnosis.locate.trials import SearchOver, Trials
from cnnlab.gradcheck.diagnosis.locate.unit import Source
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

#: The cheapest changes are tried in pairs where none alone mends a case.
PAIRED = 90


class Judge(Protocol):
    """What is right: the cases, and which gradients of an answer to them are."""

    @property
    def cases(self) -> Sequence[Case]: ...

    @property
    def gradients(self) -> Sequence[str]: ...

    def right_gradients(self, number: int, answer: Answer) -> frozenset[str]:
        """Return the gradients that an answer to a case has right, the contract included."""
        ...

    def confirm(self, run: Callable[[Case], Answer]) -> bool:
        """Return whether everything is right, what is asked of all cases together included."""
        ...


@dataclass(frozen=True)
class Step:
    """One change that was found. passing: the gradients that are right with it, by case.   texts: with it made."""

    change: Change
    passing: tuple[frozenset[str], ...]
    texts: dict[int, str]
    before: dict[int, str]


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
    """One search. seconds: of processor time.   max_trials: of changes.   show: called with how many were tried."""

    judge: Judge
    trials: Trials
    seconds: float = 10.0
    max_trials: int | None = None
    show: Callable[[int], object] = lambda tried: None
    result: Found = field(default_factory=Found)

    def run(self) -> Found:
        """Return what was found in the time."""
        self._started, self._clock = time.process_time(), time.perf_counter()
        everything = frozenset(self.judge.gradients)
        texts: dict[int, str] = {}
        try:
            passing = self._judge_unchanged()
            self.result.of = len(passing)
            if all(p == everything for p in passing):
                self.result.already_right = self.judge.confirm(lambda case: self.trials.run({}, case) or Answer())
                return self.result
            while len(self.result.steps) < MAX_STEPS:
                step = self._find_step(texts, passing)
                if step is None:
                    break
                self.result.steps.append(step)
                texts, passing = step.texts, list(step.passing)
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
        return time.process_time() - self._started + self.trials.used_seconds()

    def _has_spent_all(self) -> bool:
        waited = time.perf_counter() - self._clock
        return waited > CLOCK_FACTOR * self.seconds or self._count_seconds() > self.seconds

    def _judge_unchanged(self) -> list[frozenset[str]]:
        """Return what is right by case before any change; nothing is after a case that did not end."""
        passing: list[frozenset[str]] = []
        late = False
        for number in range(len(self.judge.cases)):
            answer = None if late else self.trials.run({}, number)
            late = late or _is_late(answer)
            passing.append(frozenset() if answer is None else self.judge.right_gradients(number, answer))
        return passing

    def _find_right(self, texts: dict[int, str], number: int) -> frozenset[str]:
        started = time.perf_counter()
        answer = self.trials.run(texts, number)
        if time.perf_counter() - started > SLOW_SECONDS and self._has_spent_all():
            raise _OutOfBudget
        if _is_late(answer):
            raise _Late
        return frozenset() if answer is None else self.judge.right_gradients(number, answer)

    def _find_step(self, texts: dict[int, str], passing: list[frozenset[str]]) -> Step | None:
        """Return the first change that makes everything right, else the one that makes most right and none wrong."""
        self._partial = None
        everything = frozenset(self.judge.gradients)
        failing = [n for n, p in enumerate(passing) if p != everything]
        failing.sort(key=lambda n: (self.judge.cases[n].size, n))
        targets = self._choose_targets(failing, passing)
        for position, target in enumerate(targets):
            changes = self._changes(texts, target, everything - passing[target])
            order = [*targets[position + 1 :], *failing, *(n for n in range(len(passing)) if passing[n] == everything)]
            order = [n for n in dict.fromkeys(order) if n != target]
            since_partial = 0
            for change in changes:
                step = self._try(texts, (change,), passing, target, order)
                if step is not None:
                    return step
                since_partial += self._partial is not None
                if since_partial > MAX_AFTER_PARTIAL:
                    break
            if self._partial is not None:
                return self._partial
        for target in targets[:1]:
            changes = self._changes(texts, target, everything - passing[target])[:PAIRED]
            pairs = [p for p in combinations(changes, 2) if not p[0].overlaps(p[1])]
            pairs.sort(key=lambda p: p[0].cost + p[1].cost)
            order = [n for n in dict.fromkeys([*failing, *range(len(passing))]) if n != target]
            for pair in pairs:
                step = self._try(texts, pair, passing, target, order)
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

    def _changes(self, texts: dict[int, str], target: int, wrong: frozenset[str]) -> list[Change]:
        seen = self.trials.observe(texts, target)
        units = self.trials.units
        names = tuple(u.name for u in units if not u.is_lambda)
        scopes = [Scope(Source(u, texts.get(k)), seen, names) for k, u in enumerate(units)]
        return rank_changes(
            scopes, [make_changes(scope, k) for k, scope in enumerate(scopes)], wrong, self.judge.gradients
        )

    def _try(self, texts, changes: tuple[Change, ...], passing, target: int, order: list[int]) -> Step | None:
        """Return the step where everything passes; keep the best of those where more passes than before."""
        self.result.tried += 1
        self.show(self.result.tried)
        self._stop_if_spent()
        new = dict(texts)
        units = self.trials.units
        for unit in {c.unit for c in changes}:
            edits = tuple(e for c in changes if c.unit == unit for e in c.edits)
            new[unit] = apply_edits(texts.get(unit, units[unit].text), edits)
        try:
            first = self._find_right(new, target)
            if not first > passing[target]:
                return None
            return self._judge_all(texts, new, _join(changes), passing, {target: first}, order)
        except _Late:
            return None

    def _stop_if_spent(self) -> None:
        too_long = self.result.tried % LOOK_EVERY == 0 and self._has_spent_all()
        if too_long or (self.max_trials and self.result.tried > self.max_trials):
            raise _OutOfBudget

    def _judge_all(self, texts, new, change: Change, passing, known: dict, order: list[int]) -> Step | None:
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
        step = Step(change, tuple(known[n] for n in range(len(passing))), new, dict(texts))
        if all(p == everything for p in step.passing):
            confirmed = self.judge.confirm(lambda case: self.trials.run(new, case) or Answer())
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


def _join(changes: tuple[Change, ...]) -> Change:
    """Return changes that were tried together as one; of two functions, the first alone is shown."""
    first = changes[0]
    edits = tuple(e for c in changes if c.unit == first.unit for e in c.edits)
    return replace(first, edits=edits, cost=sum(c.cost for c in changes))
