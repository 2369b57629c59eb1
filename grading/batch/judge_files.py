"""Judge the learner files of one submission: every exercise of a chapter, in a worker of its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cnnlab.course import catalogue
from cnnlab.course.check import examine
from cnnlab.course.exercise import Exercise
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.engine import CheckOptions
from cnnlab.gradcheck.example import Example
from cnnlab.gradcheck.own_layer_problem import OwnLayerProblem
from cnnlab.gradcheck.reference import pytorch
from cnnlab.gradcheck.report import Report
from cnnlab.sourcefile import Reading
from grading.batch import cost_check
from grading.batch.remark import Remark
from grading.intake.learner_files import WORK, LearnerFiles
from grading.worker.isolation import Isolation
from grading.worker.sandboxed.limits import PUBLIC_RUN_SECONDS
from grading.worker.sandboxed.source_check import SENTENCES, Finding
from grading.worker.worker_subject import Submission, WorkerSubject

#: The seed of a check at home.
PUBLIC_SEED = 0


@dataclass(frozen=True)
class Verdict:
    """The result of judging a submission. reports: by exercise, in full; students see `public_report()` of each.

    isolation: how the worker was kept apart.   attention: what a person should look at.
    suspicions: why points may not be a student's own work; no score depends on them.
    process_failed: the exercises on which the worker ended or broke the protocol.
    examples: by exercise, a failing case with numbers that are no secret.
    """

    exercises: tuple[Exercise, ...]
    reports: Mapping[str, Report]
    isolation: Isolation
    attention: tuple[Remark, ...] = ()
    suspicions: tuple[Remark, ...] = ()
    process_failed: frozenset[str] = frozenset()
    examples: Mapping[str, Example] = field(default_factory=dict)

    def public_report(self, name: str) -> Report:
        """Return the report of an exercise as its student may see it."""
        return self.reports[name].public(self.examples.get(name))

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
            "attention": [str(remark) for remark in self.attention],
            "suspicions": [str(remark) for remark in self.suspicions],
            "reports": [self.public_report(e.name).to_dict() for e in self.exercises],
        }

    def __str__(self) -> str:
        reports = [str(self.public_report(e.name)) for e in self.exercises]
        total = f"{self.score:g} of {self.max_score:g} points (isolation: {self.isolation.kind})"
        remarks = [str(remark) for remark in (*self.attention, *self.suspicions)]
        return "\n\n".join([*reports, "\n".join([*remarks, total])])


def judge_files(
    chapter: str,
    files: LearnerFiles,
    seed: int,
    how: Isolation | None = None,
    grade_ids: Collection[str] | None = None,
) -> Verdict:
    """Judge the files. Raises NoSuchExercise for an unknown chapter and WorkerUnavailable where no worker runs.

    Whatever the files do ends up in the reports.   how: workers are kept apart; by default as well as can be.
    grade_ids: the graded cells of the released notebook; by default what the chapter asks for in this version.
    """
    exercises = catalogue.list_graded_exercises(chapter, grade_ids)
    topics = dict.fromkeys(e.topic for e in exercises)
    with Submission({name: file.content for name, file in files.files.items()}, how) as submission:
        # every source is inspected before any file is executed: until then the worker's word is its own
        found = {topic: _inspect_source(topic, exercises, files, submission) for topic in topics}
        examples = _find_public_examples(exercises, files, how)
        # every file is read before any case is asked: what a file says of itself then holds no number of a case
        readings = {topic: _read_file(topic, files, submission.load) for topic in topics}
        reports: dict[str, Report] = {}
        options = CheckOptions(
            seed=seed, torch=pytorch.is_available(), example=False
        )  # both judges, where there are two
        failed = set()
        for exercise in exercises:
            subject = WorkerSubject(submission, exercise.topic, exercise.problem.call)
            reports[exercise.name] = examine(exercise, readings[exercise.topic], subject, options)
            failed |= {exercise.name} if subject.process_failed else set()
        attention = (*map(Remark, submission.attention), *_list_attention(reports))
        # last, since a worker that dies on a larger case has lost nothing by it
        costs = [r for e in exercises if reports[e.name].core and (r := _find_cost(e, submission))]
        earned = {name for e in exercises if reports[e.name].score for name in (e.topic, e.name)}
        sources = [r for topic in topics for r in _name_findings(topic, found[topic], earned)]
        shown = {name: example for name, example in examples.items() if _fails_in(reports[name], example.case)}
        suspicions = (*costs, *sources)
        return Verdict(exercises, reports, submission.isolation, attention, suspicions, frozenset(failed), shown)


def _find_public_examples(
    exercises: tuple[Exercise, ...], files: LearnerFiles, how: Isolation | None
) -> dict[str, Example]:
    """Return by exercise the smallest case that fails with the public seed's numbers, as the student finds it at home.

    A worker of its own answers, which ends before another sees the first hidden case: what it returns holds none of
    their numbers.
    """
    found: dict[str, Example] = {}
    with Submission({name: file.content for name, file in files.files.items()}, how, PUBLIC_RUN_SECONDS) as replay:
        readings = {topic: _read_file(topic, files, replay.load) for topic in dict.fromkeys(e.topic for e in exercises)}
        for exercise in exercises:
            if isinstance(exercise.problem, OwnLayerProblem):
                continue  # its cases are the learner's own, and none of them is cut
            subject = WorkerSubject(replay, exercise.topic, exercise.problem.call)
            report = examine(exercise, readings[exercise.topic], subject, CheckOptions(seed=PUBLIC_SEED))
            if report.example:
                found[exercise.name] = replace(report.example, command=f"cnnlab check {exercise.name}")
    return found


def _fails_in(report: Report, case: str) -> bool:
    return any(c.name == case and c.verdict == "fail" for c in report.cases)


def _inspect_source(
    topic: str, exercises: tuple[Exercise, ...], files: LearnerFiles, submission: Submission
) -> list[Finding] | str:
    """Return what a submitted file's source holds that a person should look at, or why it could not be read."""
    if f"{topic}.py" not in files.files:
        return []
    return submission.inspect(topic, [(e.name, e.problem.call.forward) for e in exercises if e.topic == topic])


def _name_findings(topic: str, found: list[Finding] | str, earned: set[str]) -> list[Remark]:
    """Return a remark for each finding in a file, or about an exercise, that earned points."""
    if isinstance(found, str):
        return [Remark(f"{topic}.py: its source could not be inspected ({found}). Read it.")] if topic in earned else []
    names: dict[tuple[str | None, str, int], dict[str, None]] = {}
    for f in (f for f in found if (f.exercise or topic) in earned):
        names.setdefault((f.exercise, f.code, f.line), {})[f.name] = None  # one remark for each line and kind
    remarks = []
    for (exercise, code, line), found_names in names.items():
        what = SENTENCES[code].format(name=", ".join(found_names))
        remarks.append(Remark(f"{topic}.py, line {line}, {what}. Read it.", exercise or None))
    return remarks


def _find_cost(exercise: Exercise, submission: Submission) -> Remark | None:
    """Return the remark on an exercise that costs what differencing costs."""
    subject = WorkerSubject(submission, exercise.topic, exercise.problem.call)
    found = cost_check.find_suspicion(exercise.problem, subject)
    return Remark(found, exercise.name) if found else None


#: Diagnoses that a person should look at before the student gets them: the code, and why.
NEEDS_A_LOOK: dict[str, str] = {
    Code.BORROWED: "whose gradient it is was seen by a profiler in the worker; read the function",
    Code.TIMEOUT: "it did not end in time; judge it again on a machine that does nothing else",
}


def _list_attention(reports: Mapping[str, Report]) -> list[Remark]:
    found = [(name, NEEDS_A_LOOK.get(report.diagnosis_code or "")) for name, report in reports.items()]
    return [Remark(sentence, name) for name, sentence in found if sentence]


def _read_file(topic: str, files: LearnerFiles, load: Callable[[str], dict[str, Any]]) -> Reading:
    """Return the facts of a file before it is called: hash and time from the judge, the rest from the worker."""
    name = f"{topic}.py"
    shown = f"{WORK}/{name}"
    if name in files.refused:
        return Reading(shown, fault=files.refused[name])
    if name not in files.files:
        return Reading(shown, fault=f"{shown} is missing")
    source = files.files[name]
    return Reading(shown, source.sha256, source.saved, **load(topic))
