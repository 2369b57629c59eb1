"""Grade every submission of an assignment: intake, judge, nbgrader autograde, nbgrader generate_feedback.

The four steps run side by side, each submission going from one to the next: judging and feedback on every core,
nbgrader's autograde, which writes the gradebook, in one process. What is on disk says how far each has come, so a batch
that was killed goes on where it was.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from queue import SimpleQueue
from typing import Self

from cnnlab.course import catalogue
from cnnlab.escape_text import escape_line
from cnnlab.gradcheck.reference import pytorch
from cnnlab.gradcheck.reference.answer_key import build_answer_key
from grading.batch import batch_progress, judge_submission, late_penalties, provenance, verdict_store
from grading.batch.batch_progress import Progress
from grading.batch.verdict_store import StoredVerdict
from grading.class_folder import ClassFolder
from grading.describe_error import describe_os_error
from grading.errors import GradingError, NbgraderFailed, NothingToGrade
from grading.intake import accept_submission
from grading.intake.rebuild_submission import Record
from grading.run_nbgrader import Converter
from grading.worker import sandbox
from grading.worker.isolation import find_isolation

#: Students that one line of the report names.
NAMES_SHOWN = 8


@dataclass(frozen=True)
class Outcome:
    """The result of a batch.

    graded: now.   left: who had been graded before.   stale: those of them whose verdict rests on something else than
    a verdict of today would, and what.   penalties: whose late penalty was computed again, and why.
    unsearched: whose lines could not be looked for, and why.   found, searched: in how many wrong exercises a line was
    found, and of how many, or None where lines were not looked for.
    failed: why one could not be graded.   missing: what the isolation leaves unprotected, or None.
    """

    assignment: str
    graded: tuple[str, ...]
    left: tuple[str, ...] = ()
    stale: Mapping[str, str] = field(default_factory=dict)
    penalties: Mapping[str, str] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    missing: str | None = None
    unsearched: Mapping[str, str] = field(default_factory=dict)
    found: int = 0
    searched: int | None = None

    @property
    def complete(self) -> bool:
        return not self.failed

    def __str__(self) -> str:
        count = f"{len(self.graded)} graded, {len(self.failed)} not"
        lines = [f"{self.assignment}: {count}" + (f", {len(self.left)} left as they were" if self.left else "")]
        lines += [f"  not graded: {who}: {why}" for who, why in _group_by_reason(self.failed)]
        lines += [f"  {who}: {why}" for who, why in _group_by_reason(self.penalties)]
        if self.searched is not None:
            lines.append(f"The line was found in {self.found} of {self.searched} wrong exercises.")
        lines += [f"  not looked for: {who}: {why}" for who, why in _group_by_reason(self.unsearched)]
        if self.stale:
            why = ", ".join(sorted(set(self.stale.values())))
            lines.append(f"{len(self.stale)} were judged under other conditions ({why}); --force judges all again.")
        return "\n".join(map(escape_line, [*lines, *([self.missing] if self.missing else [])]))


def _group_by_reason(reasons: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return (students, reason) for each reason, so that a full disk is one line and not 300."""
    who: dict[str, list[str]] = {}
    for student, why in reasons.items():
        who.setdefault(why, []).append(student)
    return [(_list_names(students), why) for why, students in who.items()]


def _list_names(students: list[str]) -> str:
    more = len(students) - NAMES_SHOWN
    return ", ".join(students[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def autograde(
    home: ClassFolder,
    assignment: str,
    seed: int,
    force: bool = False,
    jobs: int | None = None,
    say: Callable[[str], None] = lambda sentence: None,
    locate_trials: int | None = None,
) -> Outcome:
    """Grade the submissions that are not graded yet. A submission that fails does not affect the others.

    force: judge and grade again what was graded already.   jobs: submissions judged at once; by default one a core.
    say: called with a sentence each time that a submission is done.
    locate_trials: how many changes are tried in each wrong exercise to find its line; None: lines are not looked for.
    Raises NothingToGrade, WorkerUnavailable where no worker runs.
    """
    students = accept_submission.list_students(home, assignment)
    if not students:
        raise NothingToGrade(f"There are no submissions of {assignment} in {home.folder / 'submitted'}.")
    sandbox.remove_old_folders()
    kept_apart, now = find_isolation(), provenance.read_versions()
    for exercise in catalogue.list_graded_exercises(assignment):
        # PyTorch is imported here, once; a course that disagrees stops here
        build_answer_key(exercise.problem.oracle, seed, pytorch.is_available())
    found: dict[str, _Result] = {}
    with ExitStack() as stack:
        lock = stack.enter_context(batch_progress.lock_class_folder(home))
        penalties = late_penalties.update_penalties(home, assignment)
        steps = stack.enter_context(_Steps(home, assignment, seed, force, jobs or count_cores(), lock, locate_trials))
        for number, (student, result) in enumerate(zip(students, steps.grade_all(students), strict=True), start=1):
            found[student] = result
            say(f"{number} of {len(students)}: {student}")
    failed = {s: r.failed for s, r in found.items() if r.failed}
    graded = {s: r for s, r in found.items() if r.verdict and not r.failed}
    stale = {
        s: describe_changed_conditions(r.verdict, now, seed, kept_apart.kind)
        for s, r in graded.items()
        if r.left and r.verdict
    }
    searched = [one for r in graded.values() if r.verdict and r.verdict.search for one in r.verdict.search.found]
    return Outcome(
        assignment,
        tuple(s for s, r in graded.items() if not r.left),
        tuple(s for s, r in graded.items() if r.left),
        {s: why for s, why in stale.items() if why},
        penalties,
        failed,
        kept_apart.missing,
        {s: r.unsearched for s, r in graded.items() if r.unsearched},
        sum(bool(one.changes) for one in searched),
        None if locate_trials is None else len(searched),
    )


@dataclass(frozen=True)
class _Result:
    """How far a submission came. left: whether it was graded already.   unsearched: why its lines are not known."""

    verdict: StoredVerdict | None = None
    failed: str | None = None
    left: bool = False
    unsearched: str | None = None


class _Steps:
    """The steps of a batch; each takes as many submissions at once as it can. A context manager."""

    def __init__(
        self,
        home: ClassFolder,
        assignment: str,
        seed: int,
        force: bool,
        jobs: int,
        lock: int,
        locate_trials: int | None = None,
    ):
        self._locate_trials = locate_trials
        self._home, self._assignment, self._seed, self._force, self._jobs = home, assignment, seed, force, jobs
        self._judging, self._ended = threading.Semaphore(jobs), ExitStack()
        converters = {"autograde": 1, "generate_feedback": jobs}  # two writers would wait for each other's gradebook
        self._converters: dict[str, SimpleQueue[Converter]] = {step: SimpleQueue() for step in converters}
        for step, number in converters.items():
            for _ in range(number):
                self._converters[step].put(self._ended.enter_context(Converter(home, step, assignment, lock)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception) -> None:
        self._ended.close()

    def grade_all(self, students: list[str]) -> Iterator[_Result]:
        """Yield every submission's result, in their order."""
        with ThreadPoolExecutor(4 * self._jobs) as pool:  # more than any step takes, so that no step waits
            try:
                yield from pool.map(self._grade_submission, students)
            except BaseException:  # Ctrl-C: what has begun is finished, the rest is left for the next time
                pool.shutdown(cancel_futures=True)
                raise

    def _grade_submission(self, student: str) -> _Result:
        """Take one submission through every step. An error stops this submission only."""
        result = _Result()
        try:
            with self._judging:
                record = accept_submission.accept_submission(self._home, student, self._assignment)
                progress = Progress.ACCEPTED if self._force else self._find_progress(student, record)
                result = self._judge(student, progress)
            if progress < Progress.SCORED:
                self._convert("autograde", student)
            if progress < Progress.COMPLETE:
                self._convert("generate_feedback", student)
        except GradingError as error:
            return replace(result, failed=str(error))
        except OSError as error:
            return replace(result, failed=describe_os_error(error))
        except Exception as error:
            return replace(result, failed=f"{type(error).__name__}: {error}")
        return result if self._locate_trials is None else self._search(student, result, self._locate_trials)

    def _search(self, student: str, result: _Result, max_trials: int) -> _Result:
        """Return the result with the lines of its mistakes. What goes wrong here leaves the grade as it is."""
        if result.verdict is None:
            return result
        folder = self._home.submission_folder(student, self._assignment)
        try:
            with self._judging:
                return replace(result, verdict=judge_submission.search_submission(folder, result.verdict, max_trials))
        except GradingError as error:
            return replace(result, unsearched=str(error))
        except OSError as error:
            return replace(result, unsearched=describe_os_error(error))
        except Exception as error:
            return replace(result, unsearched=f"{type(error).__name__}: {error}")

    def _find_progress(self, student: str, record: Record) -> Progress:
        return batch_progress.find_progress(self._home, student, self._assignment, record)

    def _judge(self, student: str, progress: Progress) -> _Result:
        """Return the verdict, new or stored.

        A submission whose verdict is in the gradebook already is left as it is.
        """
        home, assignment = self._home, self._assignment
        if progress >= Progress.SCORED:
            return _Result(verdict_store.read_verdict(home, student, assignment), left=True)
        folder = home.submission_folder(student, assignment)
        return _Result(judge_submission.judge_submission(folder, student, assignment, self._seed, self._force))

    def _convert(self, step: str, student: str) -> None:
        converter = self._converters[step].get()
        try:
            failed = converter.convert(student)
        finally:
            self._converters[step].put(converter)
        if failed:
            raise NbgraderFailed(f"nbgrader {step} failed: {failed}")


def describe_changed_conditions(verdict: StoredVerdict, now: Mapping[str, str | None], seed: int, kind: str) -> str:
    """Describe what has changed since a verdict was made: versions, seed or isolation."""
    changed = provenance.describe_differences(verdict.versions, now)
    changed += ["another seed"] if verdict.seed != provenance.fingerprint_seed(seed) else []
    changed += [f"isolation {verdict.isolation} then, {kind} now"] if verdict.isolation != kind else []
    return ", ".join(changed)


def count_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
