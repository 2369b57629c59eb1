"""Judging the learner files of one submission: every exercise of a chapter, in a worker of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cnnlab.course import catalogue
from cnnlab.course.check import examine
from cnnlab.course.exercise import Exercise
from cnnlab.gradcheck.engine import CheckOptions
from cnnlab.gradcheck.reference import pytorch
from cnnlab.gradcheck.report import Report
from cnnlab.sourcefile import Reading
from grading.batch import cost_check
from grading.intake.learner_files import WORK, LearnerFiles
from grading.worker.isolation import Isolation
from grading.worker.sandboxed.source_check import SENTENCES, Finding
from grading.worker.worker_subject import Submission, WorkerSubject


@dataclass(frozen=True)
class Verdict:
    """What a submission is worth. reports: by exercise, with everything; students see `public()` of each.

    isolation: how the worker was kept apart.   attention: what a person should look at, a sentence each.
    suspicions: why points may not be a student's own work, a sentence each; no score depends on them.
    """

    exercises: tuple[Exercise, ...]
    reports: Mapping[str, Report]
    isolation: Isolation
    attention: tuple[str, ...] = ()
    suspicions: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        return float(sum(self.reports[e.name].score * e.points for e in self.exercises))

    @property
    def max_score(self) -> float:
        return float(sum(e.points for e in self.exercises))

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values, without anything that students may not see."""
        return {
            "score": self.score,
            "max_score": self.max_score,
            "isolation": self.isolation.kind,
            "warnings": [self.isolation.missing] if self.isolation.missing else [],
            "attention": list(self.attention),
            "suspicions": list(self.suspicions),
            "reports": [self.reports[e.name].to_dict(public=True) for e in self.exercises],
        }

    def __str__(self) -> str:
        reports = [str(self.reports[e.name].public()) for e in self.exercises]
        total = f"{self.score:g} of {self.max_score:g} points (isolation: {self.isolation.kind})"
        return "\n\n".join([*reports, "\n".join([*self.attention, *self.suspicions, total])])


def judge_files(chapter: str, files: LearnerFiles, seed: int, how: Isolation | None = None) -> Verdict:
    """Judge the files. Raises NoSuchExercise for an unknown chapter and WorkerUnavailable where no worker runs.

    Whatever the files do ends up in the reports.   how: workers are kept apart; by default as well as can be.
    """
    exercises = catalogue.list_graded_exercises(chapter)
    topics = dict.fromkeys(e.topic for e in exercises)
    with Submission({name: file.content for name, file in files.files.items()}, how) as submission:
        # every source is inspected before any file is executed: until then the worker's word is its own
        found = {topic: _inspect_source(topic, exercises, files, submission) for topic in topics}
        # every file is read before any case is asked: what a file says of itself then holds no number of a case
        readings = {topic: _read_file(topic, files, submission.load) for topic in topics}
        reports: dict[str, Report] = {}
        options = CheckOptions(seed=seed, torch=pytorch.is_available())  # both judges, where there are two
        for exercise in exercises:
            subject = WorkerSubject(submission, exercise.topic, exercise.problem.call)
            reports[exercise.name] = examine(exercise, readings[exercise.topic], subject, options)
        attention = (*submission.attention, *_list_attention(reports))
        # last, since a worker that dies on a larger case has lost nothing by it
        costs = [s for e in exercises if reports[e.name].core and (s := _describe_cost(e, submission))]
        earned = {name for e in exercises if reports[e.name].score for name in (e.topic, e.name)}
        sources = [s for topic in topics for s in _name_findings(topic, found[topic], earned)]
        return Verdict(exercises, reports, submission.isolation, attention, (*costs, *sources))


def _inspect_source(
    topic: str, exercises: tuple[Exercise, ...], files: LearnerFiles, submission: Submission
) -> list[Finding] | str:
    """Return what a submitted file's source holds that a person should look at, or why it could not be read."""
    if f"{topic}.py" not in files.files:
        return []
    return submission.inspect(topic, [(e.name, e.problem.call.forward) for e in exercises if e.topic == topic])


def _name_findings(topic: str, found: list[Finding] | str, earned: set[str]) -> list[str]:
    """Return a sentence for each finding in a file, or about an exercise, that earned points."""
    if isinstance(found, str):
        return [f"{topic}.py: its source could not be inspected ({found}). Read it."] if topic in earned else []
    names: dict[tuple[str | None, str, int], dict[str, None]] = {}
    for f in (f for f in found if (f.exercise or topic) in earned):
        names.setdefault((f.exercise, f.code, f.line), {})[f.name] = None  # one sentence for each line and kind
    sentences = []
    for (exercise, code, line), found_names in names.items():
        whose, what = f"{exercise}: " if exercise else "", SENTENCES[code].format(name=", ".join(found_names))
        sentences.append(f"{whose}{topic}.py, line {line}, {what}. Read it.")
    return sentences


def _describe_cost(exercise: Exercise, submission: Submission) -> str | None:
    """Return the sentence about an exercise that costs what differencing costs."""
    subject = WorkerSubject(submission, exercise.topic, exercise.problem.call)
    found = cost_check.find_suspicion(exercise.problem, subject)
    return f"{exercise.name}: {found}" if found else None


#: What the engine finds that a person should look at before a student is told: a diagnosis code, and why.
NEEDS_A_LOOK = {
    "borrowed": "whose gradient it is was seen by a profiler in the worker; read the function",
    "timeout": "it did not end in time; judge it again on a machine that does nothing else",
}


def _list_attention(reports: Mapping[str, Report]) -> list[str]:
    found = [(name, report.diagnosis_code) for name, report in reports.items()]
    return [f"{name}: {NEEDS_A_LOOK[code]}" for name, code in found if code in NEEDS_A_LOOK]


def _read_file(topic: str, files: LearnerFiles, load: Callable[[str], dict[str, Any]]) -> Reading:
    """Return what a file is before anything in it is called: the judge saw its hash and time, the worker the rest."""
    name = f"{topic}.py"
    shown = f"{WORK}/{name}"
    if name in files.refused:
        return Reading(shown, fault=files.refused[name])
    if name not in files.files:
        return Reading(shown, fault=f"{shown} is missing")
    source = files.files[name]
    return Reading(shown, source.sha256, source.saved, **load(topic))
