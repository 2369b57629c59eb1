"""Measure how good `locate` is: mistakes planted in right implementations, found again or not, by kind.

A mistake is one change of the kinds in cnnlab/gradcheck/diagnosis/locate/changes, drawn at random in one of the right
implementations of solutions/ and tests/rejects/, that makes the check fail. The line where it was planted is known.
With --rejects, the wrong implementations of tests/rejects/ are searched too; of these no line is known.
"""

from __future__ import annotations

import argparse
import random
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from cnnlab import loader
from cnnlab.course import catalogue
from cnnlab.course.exercise import Exercise
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.custom.search_problem import TRIAL_SECONDS, keep_judged_cases
from cnnlab.gradcheck.custom.trial_judge import TrialJudge
from cnnlab.gradcheck.diagnosis.locate.candidates import join_changes
from cnnlab.gradcheck.diagnosis.locate.change import Change, apply_edits
from cnnlab.gradcheck.diagnosis.locate.changes.every_change import make_changes
from cnnlab.gradcheck.diagnosis.locate.changes.scope import Scope
from cnnlab.gradcheck.diagnosis.locate.live_functions import find_functions
from cnnlab.gradcheck.diagnosis.locate.memory_limit import limit_memory
from cnnlab.gradcheck.diagnosis.locate.observation import Observation
from cnnlab.gradcheck.diagnosis.locate.search import Found, Search
from cnnlab.gradcheck.diagnosis.locate.trials import LocalTrials
from cnnlab.gradcheck.diagnosis.locate.unit import Source, Unit
from cnnlab.gradcheck.diagnosis.locate.versions import TextVersions
from cnnlab.gradcheck.reference.answer_key import build_answer_key
from cnnlab.gradcheck.runner.answer import Answer
from cnnlab.gradcheck.subject import FunctionSubject, Subject

SOLUTIONS = Path(__file__).parents[1] / "solutions" / "ops"

#: Mistakes that cost more than this alone are no likely ones.
MAX_PLANTED_COST = 2.3


@dataclass(frozen=True)
class Planted:
    """A mistake and what became of it. lines: where it is.   found: where it was looked for, the first place first."""

    exercise: str
    kind: str
    words: str
    lines: frozenset[int]
    found: tuple[int, ...]
    complete: bool
    seconds: float
    fix: str = ""

    @property
    def right_line(self) -> bool:
        return bool(self.found) and self.found[0] in self.lines


@dataclass(frozen=True)
class PlantedTrials:
    """Trials of functions that hold a mistake to begin with."""

    inside: LocalTrials
    texts: dict[int, str]

    @property
    def units(self) -> Sequence[Unit]:
        return [replace(u, text=self.texts.get(k, u.text)) for k, u in enumerate(self.inside.units)]

    def observe(self, texts, number: int) -> Observation:
        return self.inside.observe({**self.texts, **texts}, number)

    def run(self, texts, case: int | Case) -> Answer | None:
        return self.inside.run({**self.texts, **texts}, case)

    def used_seconds(self) -> float:
        return 0.0


def list_right_functions() -> Iterator[tuple[Exercise, Callable]]:
    """Yield every right implementation there is, with its exercise."""
    import tests.rejects as rejects

    for topic in iter_modules(rejects.__path__):
        if not topic.name.startswith("test_"):
            import_module(f"tests.rejects.{topic.name}")
    for exercise in catalogue.EXERCISES.values():
        function = loader.folder(SOLUTIONS).load(exercise.topic).function(exercise.name)
        if function and exercise.make_subject is FunctionSubject:
            yield exercise, function
    for one in rejects.RIGHT:
        if catalogue.EXERCISES[one.exercise].make_subject is FunctionSubject:
            yield catalogue.EXERCISES[one.exercise], one.function


def measure(count: int, seconds: float, seed: int, names: Sequence[str] = ()) -> Iterator[Planted]:
    """Yield planted mistakes with what was found, drawn at random, each kind of a function as likely."""
    draw = random.Random(seed)
    pool = [(e, f) for e, f in list_right_functions() if not names or e.name in names]
    made = 0
    while made < count:
        exercise, function = draw.choice(pool)
        planted = plant_mistake(exercise, function, draw, seconds)
        if planted:
            made += 1
            yield planted


def _make_judge_and_trials(exercise: Exercise, function: Callable) -> tuple[TrialJudge, LocalTrials]:
    problem = exercise.problem
    key = keep_judged_cases(problem, build_answer_key(problem.oracle, 0, None))
    functions = {problem.call.function: function}
    if problem.call.forward:
        assert problem.oracle.reference
        functions[problem.call.forward] = problem.oracle.reference

    def make_subject(limit: float) -> Subject:
        return FunctionSubject(functions, problem.call, seconds=limit)

    judge = TrialJudge(problem, key)
    found = find_functions([(function, "function")])
    return judge, LocalTrials(found, make_subject, judge.cases, TRIAL_SECONDS)


def _search(exercise: Exercise, function: Callable, seconds: float) -> Found:
    judge, trials = _make_judge_and_trials(exercise, function)
    try:
        with limit_memory():
            return Search(judge, TextVersions(trials), seconds).run()
    finally:
        trials.close()


def plant_mistake(exercise: Exercise, function: Callable, draw: random.Random, seconds: float):
    """Return one mistake of a kind drawn at random, searched; None where none that was drawn fails the check."""
    judge, trials = _make_judge_and_trials(exercise, function)
    try:
        change = _draw_change(trials, judge, draw)
        if change is None:
            return None
        unit = trials.units[change.unit]
        texts = {change.unit: apply_edits(unit.text, change.edits)}
        with limit_memory():
            found = Search(judge, TextVersions(PlantedTrials(trials, texts)), seconds).run()
        return _describe(exercise, unit, change, texts[change.unit], found, PlantedTrials(trials, texts).units)
    finally:
        trials.close()


def _draw_change(trials: LocalTrials, judge: TrialJudge, draw: random.Random) -> Change | None:
    if not trials.units:
        return None
    number = max(range(len(judge.cases)), key=lambda n: judge.cases[n].size)
    seen = trials.observe({}, number)
    changes = [
        change
        for k, unit in enumerate(trials.units)
        for change in make_changes(Scope(Source(unit), seen), k)
        if change.cost <= MAX_PLANTED_COST
    ]
    kind = draw.choice(sorted({change.kind for change in changes}))
    changes = [change for change in changes if change.kind == kind]
    everything = frozenset(judge.gradients)
    for change in draw.sample(changes, min(12, len(changes))):
        texts = {change.unit: apply_edits(trials.units[change.unit].text, change.edits)}
        answers = (trials.run(texts, n) for n in range(len(judge.cases)))
        passing = [a is not None and judge.right_gradients(n, a) == everything for n, a in enumerate(answers)]
        first = trials.run(texts, 0)
        if first is not None and not all(passing) and first.error is None:
            return change
    return None


def _describe(
    exercise: Exercise, unit: Unit, change: Change, text: str, found: Found, units: Sequence[Unit]
) -> Planted:
    moved, lines = 0, set()
    for edit in sorted(change.edits):
        lines.add(unit.first_line + text.count("\n", 0, edit.start + moved))
        lines.add(unit.first_line + text.count("\n", 0, edit.start + moved + len(edit.text.rstrip())))
        moved += len(edit.text) - (edit.end - edit.start)
    where, fixes = [], []
    for step in found.steps:
        made = join_changes(step.changes)
        own = units[made.unit]
        before = step.before.get(made.unit, own.text)
        for edit in sorted(made.edits):
            where.append(own.first_line + before.count("\n", 0, edit.start))
            fixes.append(f"{before[edit.start : edit.end]!r} -> {edit.text!r}")
    words = "; ".join(f"{unit.text[e.start : e.end]!r} -> {e.text!r}" for e in sorted(change.edits))
    name = f"{exercise.name} {unit.name}"
    return Planted(
        name, change.kind, words, frozenset(lines), tuple(where), found.complete, found.seconds, "; ".join(fixes)
    )


def summarise(planted: Sequence[Planted]) -> dict[str, dict[str, float]]:
    """Return, for each kind and for all, how many were proved, how many of these on the right line, and the time."""
    groups: dict[str, list[Planted]] = defaultdict(list)
    for one in planted:
        groups[one.kind].append(one)
        groups["all"].append(one)
    return {kind: _summarise_group(group) for kind, group in sorted(groups.items())}


def _summarise_group(group: Sequence[Planted]) -> dict[str, float]:
    proved = [p for p in group if p.complete]
    return {
        "planted": len(group),
        "proved": len(proved),
        "right_line": sum(p.right_line for p in proved),
        "median_seconds": round(statistics.median([p.seconds for p in proved]), 2) if proved else 0.0,
    }


def search_rejects(share: int, seconds: float) -> dict[str, float]:
    """Search every share-th wrong implementation of tests/rejects, and return how many were mended."""
    import tests.rejects as rejects

    list(list_right_functions())  # which imports them all
    chosen = [
        one for one in rejects.WRONG[::share] if catalogue.EXERCISES[one.exercise].make_subject is FunctionSubject
    ]
    found = [_search(catalogue.EXERCISES[one.exercise], one.function, seconds) for one in chosen]
    proved = [f for f in found if f.complete]
    return {
        "searched": len(found),
        "proved": len(proved),
        "median_seconds": round(statistics.median([f.seconds for f in proved]), 2) if proved else 0.0,
    }


def run(arguments: list[str]) -> dict[str, Any]:
    """Measure, and return the results by kind."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks locate", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=300, help="mistakes to plant (default 300)")
    parser.add_argument("--seconds", type=float, default=10.0, help="seconds for each search (default 10)")
    parser.add_argument("--seed", type=int, default=0, help="seed for the mistakes (default 0)")
    parser.add_argument(
        "--rejects", type=int, default=0, metavar="N", help="search every N-th wrong implementation too"
    )
    options = parser.parse_args(arguments)
    result: dict[str, Any] = {"planted": summarise(list(measure(options.count, options.seconds, options.seed)))}
    if options.rejects:
        result["rejects"] = search_rejects(options.rejects, options.seconds)
    return result
