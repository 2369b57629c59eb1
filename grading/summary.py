"""What a batch came to, for the instructor: scores, which mistake how often, and who needs a person to look, and why.

Read from the stored verdicts, from intake's folders and from nbgrader's gradebook; nothing is judged here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property

from cnnlab.course import catalogue
from cnnlab.gradcheck.codes import MEANINGS
from grading import intake, verdicts
from grading.home import Home
from grading.intake import NotAccepted
from grading.verdicts import Mark, Stored

#: What is said where a mistake was not recognised.
UNKNOWN = "wrong, and why was not recognised"

#: What the judge says of a process that ended, closed its wire or broke the protocol.
DIED = "the file's process"

#: What each exercise of a student can be, best first.
STATES = ("pass", "core", "wrong", "not written", "no answer")

#: Codes of an exercise that gave no numbers to judge.
NO_ANSWER = ("load", "raises", "timeout", "structure")


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
class Grade:
    """A student in the gradebook. score: with what is marked by hand, after the penalty.   late: days, 0 in time.

    unmarked: written answers that wait for a person.
    """

    score: float
    max_score: float
    penalty: float = 0.0
    late: float = 0.0
    unmarked: int = 0


@dataclass(frozen=True)
class Summary:
    """A batch. graded: verdicts by student.   failed: who handed in and has none.   gradebook: by student."""

    assignment: str
    graded: dict[str, Stored]
    failed: tuple[str, ...]
    gradebook: dict[str, Grade]

    @cached_property
    def exercises(self) -> dict[str, float]:
        """What each exercise is worth."""
        return {e.name: float(e.points) for e in catalogue.graded(self.assignment)}

    @cached_property
    def _files(self) -> dict[str, str]:
        return {e.name: f"{e.topic}.py" for e in catalogue.graded(self.assignment)}

    @property
    def students(self) -> tuple[str, ...]:
        return tuple(sorted([*self.graded, *self.failed]))

    @property
    def max_score(self) -> float:
        return sum(self.exercises.values())

    @cached_property
    def diagnoses(self) -> tuple[Diagnosis, ...]:
        """Which mistake in which exercise how often, the most frequent first; what is not written is no mistake."""
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

    def states(self, exercise: str) -> dict[str, int]:
        """How many students are where with an exercise."""
        counts = Counter(state(m) for v in self.graded.values() for m in v.marks if m.exercise == exercise)
        return {name: counts[name] for name in STATES}

    @cached_property
    def look(self) -> dict[str, tuple[str, ...]]:
        """Who needs a person, and why, a sentence each."""
        found = {}
        for student in self.students:
            reasons = list(self._reasons(student))
            if reasons:
                found[student] = tuple(reasons)
        return found

    def _reasons(self, student: str):
        verdict = self.graded.get(student)
        if verdict is None:
            yield "handed in, and was not graded: see what `python -m grading autograde` said"
            return
        yield from verdict.attention
        # a file that could not be run, or whose process died, is an accident or an attack: both are for a person
        ends = (
            m.diagnosis
            for m in verdict.marks
            if m.code == "load" or (m.code in NO_ANSWER and DIED in (m.diagnosis or ""))
        )
        yield from dict.fromkeys(d for d in ends if d)
        yield from (f"{name} was not taken: {why}" for name, why in verdict.refused.items())
        yield from verdict.odd
        if self.gradebook and student not in self.gradebook:
            yield "is judged and not in the gradebook: run `python -m grading autograde` again"

    @property
    def unmarked(self) -> int:
        """Written answers that wait for a person."""
        return sum(grade.unmarked for grade in self.gradebook.values())

    @property
    def open_(self) -> tuple[str, ...]:
        """What the isolation of some verdict left unprotected, a sentence each."""
        return tuple(sorted({v.missing for v in self.graded.values() if v.missing}))


def state(mark: Mark) -> str:
    """Where a student is with an exercise."""
    if mark.passed or mark.core:
        return "pass" if mark.passed else "core"
    return {"unwritten": "not written", **dict.fromkeys(NO_ANSWER, "no answer")}.get(mark.code or "", "wrong")


def summarise(home: Home, assignment: str) -> Summary:
    """The batch as it lies on disk. Raises NotAccepted where nothing was handed in."""
    students = intake.waiting(home, assignment)
    if not students:
        raise NotAccepted(f"There are no submissions of {assignment} in {home.folder / 'submitted'}.")
    graded = {v.student: v for v in verdicts.every(home, assignment)}
    failed = tuple(s for s in students if s not in graded)
    return Summary(assignment, graded, failed, _gradebook(home, assignment))


def _gradebook(home: Home, assignment: str) -> dict[str, Grade]:
    """What nbgrader's gradebook says, by student; empty where there is none yet."""
    from nbgrader.api import Gradebook, MissingEntry

    path = home.folder / "gradebook.db"
    if not path.is_file():
        return {}
    with Gradebook(f"sqlite:///{path}") as gradebook:
        try:
            submissions = gradebook.assignment_submissions(assignment)
        except MissingEntry:
            return {}
        return {
            str(s.student_id): Grade(
                max(0.0, float(s.score or 0) - float(s.late_submission_penalty or 0)),
                float(s.max_score or 0),
                float(s.late_submission_penalty or 0),
                s.total_seconds_late / 86400,
                sum(bool(g.needs_manual_grade) for n in s.notebooks for g in n.grades),
            )
            for s in submissions
        }
