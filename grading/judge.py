"""Judging the learner files of one submission: every exercise of a chapter, in a worker of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cnnlab.course import catalogue
from cnnlab.course.check import examine
from cnnlab.course.exercise import Exercise
from cnnlab.gradcheck.report import Report
from cnnlab.sourcefile import Reading
from grading.isolation import Isolation
from grading.learner_files import WORK, LearnerFiles
from grading.worker import Submission, WorkerSubject


@dataclass(frozen=True)
class Verdict:
    """What a submission is worth. reports: by exercise, with everything; students see `public()` of each.

    isolation: how the worker was kept apart.   attention: what a person should look at, a sentence each.
    """

    exercises: tuple[Exercise, ...]
    reports: Mapping[str, Report]
    isolation: Isolation
    attention: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        return float(sum(self.reports[e.name].score * e.points for e in self.exercises))

    @property
    def max_score(self) -> float:
        return float(sum(e.points for e in self.exercises))

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values, without anything that students may not see."""
        return {
            "score": self.score,
            "max_score": self.max_score,
            "isolation": self.isolation.kind,
            "warnings": [self.isolation.missing] if self.isolation.missing else [],
            "attention": list(self.attention),
            "reports": [self.reports[e.name].to_dict(public=True) for e in self.exercises],
        }

    def __str__(self) -> str:
        reports = [str(self.reports[e.name].public()) for e in self.exercises]
        total = f"{self.score:g} of {self.max_score:g} points (isolation: {self.isolation.kind})"
        return "\n\n".join([*reports, "\n".join([*self.attention, total])])


def judge(chapter: str, files: LearnerFiles, seed: int, how: Isolation | None = None) -> Verdict:
    """Judge the files. Raises NoSuchExercise for an unknown chapter and Unavailable where no worker runs.

    Whatever the files do ends up in the reports.   how: workers are kept apart; by default as well as can be.
    """
    exercises = catalogue.graded(chapter)
    with Submission({name: file.content for name, file in files.files.items()}, how) as submission:
        # every file is read before any case is asked: what a file says of itself then holds no number of a case
        topics = dict.fromkeys(e.topic for e in exercises)
        readings = {topic: _reading(topic, files, submission.load) for topic in topics}
        reports: dict[str, Report] = {}
        for exercise in exercises:
            subject = WorkerSubject(submission, exercise.topic, exercise.problem.call)
            reports[exercise.name] = examine(exercise, readings[exercise.topic], subject, seed=seed)
        attention = (*submission.attention, *_attention(reports))
        return Verdict(exercises, reports, submission.isolation, attention)


#: What the engine finds that a person should look at before a student is told: a diagnosis code, and why.
LOOK = {
    "borrowed": "whose gradient it is was seen by a profiler in the worker; read the function",
    "timeout": "it did not end in time; judge it again on a machine that does nothing else",
}


def _attention(reports: Mapping[str, Report]) -> list[str]:
    found = [(name, report.diagnosis_code) for name, report in reports.items()]
    return [f"{name}: {LOOK[code]}" for name, code in found if code in LOOK]


def _reading(topic: str, files: LearnerFiles, load: Callable[[str], dict[str, Any]]) -> Reading:
    """What a file is before anything in it is called: the judge saw its hash and time, the worker the rest."""
    name = f"{topic}.py"
    shown = f"{WORK}/{name}"
    if name in files.refused:
        return Reading(shown, fault=files.refused[name])
    if name not in files.files:
        return Reading(shown, fault=f"{shown} is missing")
    source = files.files[name]
    return Reading(shown, source.sha256, source.saved, **load(topic))
