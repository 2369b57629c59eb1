"""Judge some submissions again, and compare each score with its stored verdict and with the gradebook."""

from __future__ import annotations

import random
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from cnnlab.escape_text import escape_line
from grading.batch import judge_submission, provenance, verdict_store
from grading.batch.autograde import count_cores, describe_changed_conditions
from grading.batch.verdict_store import Mark, StoredVerdict
from grading.class_folder import ClassFolder
from grading.errors import GradingError, NothingToGrade
from grading.gradebook import read_auto_scores
from grading.intake import accept_submission
from grading.worker.isolation import find_isolation

#: Points closer together than this are the same: the gradebook stores what was printed.
SAME_POINTS = 1e-6


@dataclass(frozen=True)
class Audit:
    """What an audit found.

    judged: who was judged again.   of: how many there are.   different: sentences by student.   notes: what else is so.
    """

    assignment: str
    judged: tuple[str, ...]
    of: int
    different: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        return not self.different

    def __str__(self) -> str:
        lines = [
            f"{self.assignment}: {len(self.judged)} of {self.of} judged again, {len(self.different)} differ",
            *(f"  {student}: {sentence}" for student, found in self.different.items() for sentence in found),
            *self.notes,
        ]
        return "\n".join(map(escape_line, lines))


def audit(home: ClassFolder, assignment: str, seed: int, sample: int | None = None) -> Audit:
    """Judge a random sample again, by default everyone, store nothing, and compare with what is stored.

    Raises NothingToGrade where nothing was graded.
    """
    students = accept_submission.list_students(home, assignment)
    if not verdict_store.list_verdicts(home, assignment):
        raise NothingToGrade(f"No verdict on {assignment} is stored in {home.folder}: run autograde first.")
    count = len(students) if sample is None else min(sample, len(students))
    chosen = sorted(random.SystemRandom().sample(students, count))
    points = read_auto_scores(home, assignment)
    with ThreadPoolExecutor(count_cores()) as pool:
        found = dict(
            zip(chosen, pool.map(lambda s: _audit_submission(home, s, assignment, seed, points), chosen), strict=True)
        )
    now, kind = provenance.read_versions(), find_isolation().kind
    stored = [v for s in chosen if (v := verdict_store.read_verdict(home, s, assignment))]
    other = sorted({why for v in stored if (why := describe_changed_conditions(v, now, seed, kind))})
    notes = tuple(f"They had been judged under other conditions: {why}." for why in other)
    notes += () if points else ("The gradebook has no score of it; the scores were not compared with the gradebook.",)
    return Audit(assignment, tuple(chosen), len(students), {s: d for s, d in found.items() if d}, notes)


def _audit_submission(
    home: ClassFolder, student: str, assignment: str, seed: int, points: Mapping[tuple[str, str], float | None]
) -> tuple[str, ...]:
    stored = verdict_store.read_verdict(home, student, assignment)
    if stored is None:
        return ("no verdict is stored",)
    folder = home.submission_folder(student, assignment)
    try:
        record = accept_submission.require_accepted(folder, student, assignment)
        if judge_submission.hash_submission(record) != stored.submission:
            return ("another submission has come since it was judged",)
        again = judge_submission.make_verdict(folder, student, assignment, seed, record, keep=False)
    except (GradingError, OSError) as error:
        return (str(error),)
    return (*_compare_verdicts(stored, again), *_compare_with_gradebook(stored, student, points))


def _compare_verdicts(stored: StoredVerdict, again: StoredVerdict) -> list[str]:
    found, now = [], {mark.exercise: mark for mark in again.marks}
    if stored.files != again.files:
        found.append("other files were judged than those that are there now")
    if {mark.exercise for mark in stored.marks} != set(now):
        found.append(f"judged then: {', '.join(m.exercise for m in stored.marks)}; now: {', '.join(now)}")
    for mark in (m for m in stored.marks if m.exercise in now):
        other = now[mark.exercise]
        if abs(mark.points - other.points) > SAME_POINTS or mark.worth != other.worth or mark.code != other.code:
            found.append(f"{mark.exercise}: {_describe_mark(mark)} then, {_describe_mark(other)} now")
    return found


def _describe_mark(mark: Mark) -> str:
    return f"{mark.points:g} of {mark.worth:g}" + (f" ({mark.code})" if mark.code else "")


def _compare_with_gradebook(
    stored: StoredVerdict, student: str, points: Mapping[tuple[str, str], float | None]
) -> list[str]:
    """Return where the gradebook has another automatic score than the verdict. Marks given by hand are not compared."""
    booked = {mark.grade_id: points.get((student, mark.grade_id)) for mark in stored.marks} if points else {}
    return [
        f"{mark.exercise}: {mark.points:g} in the verdict, {booked[mark.grade_id]} in the gradebook"
        for mark in stored.marks
        if mark.grade_id in booked and not _is_near(booked[mark.grade_id], mark.points)
    ]


def _is_near(found: float | None, wanted: float) -> bool:
    return found is not None and abs(found - wanted) <= SAME_POINTS
