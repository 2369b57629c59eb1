"""Summarise a batch for the instructor: scores, how often each mistake was made, and who needs a person and why.

Read from the stored verdicts, from intake's folders and from nbgrader's gradebook; nothing is judged here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from cnnlab.course import catalogue
from cnnlab.gradcheck.codes import MEANINGS
from grading.batch import verdict_store
from grading.batch.verdict_store import Mark, StoredVerdict
from grading.class_folder import ClassFolder
from grading.errors import NothingToGrade
from grading.gradebook import Grade, read_grades
from grading.intake import accept_submission
from grading.report.line_groups import LineGroup, group_lines
from grading.report.needs_person import NO_ANSWER, Group, Kind, Reason, find_reasons, group_reasons, list_notes

#: What is said where a mistake was not recognised.
UNKNOWN = "wrong, and why was not recognised"

#: What each exercise of a student can be, best first.
STATES = ("pass", "core", "wrong", "not written", "no answer")


@dataclass(frozen=True)
class Diagnosis:
    """One mistake in one exercise. count: of students; students: who."""

    exercise: str
    code: str
    sentence: str
    students: tuple[str, ...]

    @property
    def count(self) -> int:
        return len(self.students)


@dataclass(frozen=True)
class Summary:
    """A batch. graded: verdicts by student.   failed: who handed in and has none.   gradebook: by student."""

    assignment: str
    graded: dict[str, StoredVerdict]
    failed: tuple[str, ...]
    gradebook: dict[str, Grade]

    @cached_property
    def exercises(self) -> dict[str, float]:
        """Return the points of each exercise that the released notebook asks for."""
        judged = {mark.exercise: mark.worth for verdict in self.graded.values() for mark in verdict.marks}
        return judged or {e.name: float(e.points) for e in catalogue.list_graded_exercises(self.assignment)}

    @cached_property
    def _files(self) -> dict[str, str]:
        return {name: f"{catalogue.exercise(name).topic}.py" for name in self.exercises}

    @property
    def students(self) -> tuple[str, ...]:
        return tuple(sorted([*self.graded, *self.failed]))

    @property
    def max_score(self) -> float:
        return sum(self.exercises.values())

    @cached_property
    def diagnoses(self) -> tuple[Diagnosis, ...]:
        """Return how often each mistake was made, the most frequent first. Unwritten functions are not counted."""
        found: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
        for student, verdict in self.graded.items():
            for mark in (m for m in verdict.marks if not m.passed and m.code != "unwritten"):
                where = self._files[mark.exercise] if mark.code == "load" else mark.exercise
                found[where, mark.code or "", mark.detail or ""][student] = mark.diagnosis or ""
        made = []
        for (exercise, code, detail), who in found.items():
            sentences = set(who.values())
            same = len(sentences) == 1 and code not in NO_ANSWER  # those name a student's own lines
            general = MEANINGS.get(code, UNKNOWN) + (f" ({detail})" if detail and code not in NO_ANSWER else "")
            made.append(Diagnosis(exercise, code, (same and sentences.pop()) or general, tuple(sorted(who))))
        return tuple(sorted(made, key=lambda d: (-d.count, d.exercise, d.code, d.sentence)))

    @property
    def has_line_searches(self) -> bool:
        """Return whether lines were looked for in any submission."""
        return any(verdict.search for verdict in self.graded.values())

    @cached_property
    def line_groups(self) -> tuple[LineGroup, ...]:
        """Return the mistakes whose line was found, equal changes together, the most frequent first."""
        return group_lines(self.graded)

    def states(self, exercise: str) -> dict[str, int]:
        """Return how many students are in each state with an exercise."""
        counts = Counter(find_state(m) for v in self.graded.values() for m in v.marks if m.exercise == exercise)
        return {name: counts[name] for name in STATES}

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Return who needs a person, by kind of reason, most points at stake first."""
        return group_reasons(self._find_reasons())

    @cached_property
    def look(self) -> dict[str, tuple[str, ...]]:
        """Return who needs a person and why, in sentences; the student with the most points at stake first."""
        reasons = sorted((r for group in self.groups for r in group.reasons), key=lambda r: (-r.points, r.student))
        found: dict[str, list[str]] = {}
        for reason in reasons:
            found.setdefault(reason.student, []).append(reason.sentence)
        return {student: tuple(sentences) for student, sentences in found.items()}

    @cached_property
    def notes(self) -> dict[str, tuple[str, ...]]:
        """Return harmless notes on submissions, by student; nobody needs to act on them."""
        return {s: found for s in self.students if s in self.graded and (found := list_notes(self.graded[s]))}

    def _find_reasons(self) -> Iterator[Reason]:
        most = max((grade.max_score for grade in self.gradebook.values()), default=self.max_score)
        for student in self.failed:
            what = "handed in, and was not graded: see what `python -m grading autograde` printed"
            yield Reason(student, Kind.NOT_GRADED, what, max(most, self.max_score))
        for student, verdict in self.graded.items():
            saved = not self.gradebook or student in self.gradebook
            yield from find_reasons(verdict, self._files, max(0.0, most - self.max_score), saved)

    @property
    def unmarked_cells(self) -> int:
        """Return the number of written answers that wait for a person."""
        return sum(grade.unmarked_cells for grade in self.gradebook.values())

    @property
    def isolation_warnings(self) -> tuple[str, ...]:
        """Return one sentence for each kind of protection that the isolation of some verdict lacked."""
        return tuple(sorted({v.missing for v in self.graded.values() if v.missing}))


def find_state(mark: Mark) -> str:
    """Return the state of a student's exercise."""
    if mark.passed or mark.core:
        return "pass" if mark.passed else "core"
    return {"unwritten": "not written", **dict.fromkeys(NO_ANSWER, "no answer")}.get(mark.code or "", "wrong")


def summarise_batch(home: ClassFolder, assignment: str) -> Summary:
    """Return the summary of the batch on disk. Raises NothingToGrade if nothing was handed in."""
    students = accept_submission.list_students(home, assignment)
    if not students:
        raise NothingToGrade(f"There are no submissions of {assignment} in {home.folder / 'submitted'}.")
    graded = {v.student: v for v in verdict_store.list_verdicts(home, assignment)}
    failed = tuple(s for s in students if s not in graded)
    return Summary(assignment, graded, failed, read_grades(home, assignment))
