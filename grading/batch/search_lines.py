"""Look for the line of the mistake in what a submission has wrong, for the instructor: no score depends on it.

The cases have the public seed's numbers, as at home, and a worker of its own answers: no number of a hidden case comes
near it.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from math import inf

from cnnlab.course import catalogue
from cnnlab.course.exercise import Exercise
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.custom.search_problem import keep_judged_cases
from cnnlab.gradcheck.custom.trial_judge import TrialJudge
from cnnlab.gradcheck.diagnosis.locate.search import Search
from cnnlab.gradcheck.diagnosis.locate.trials import SearchOver
from cnnlab.gradcheck.reference import pytorch
from cnnlab.gradcheck.reference.answer_key import build_answer_key
from grading.batch import provenance
from grading.batch.found_lines import FoundLine, LineSearch
from grading.batch.judge_files import PUBLIC_SEED, Verdict
from grading.intake.learner_files import LearnerFiles
from grading.worker.isolation import Isolation, find_isolation
from grading.worker.line_versions import WorkerVersions
from grading.worker.sandboxed.limits import MAX_TRIALS, PLACE_SECONDS, SEARCH_SECONDS
from grading.worker.worker_subject import Submission

#: Codes of what has no line to look for.
NOTHING_TO_SEARCH = (Code.UNWRITTEN, Code.LOAD)


def compute_search_key(max_trials: int) -> str:
    """Return a hash of all that a search depends on besides the files."""
    return provenance.hash_parts(provenance.read_versions(), find_isolation().kind, max_trials)


def search_lines(
    exercises: Collection[str],
    files: LearnerFiles,
    max_trials: int = MAX_TRIALS,
    how: Isolation | None = None,
    seconds: float | None = None,
) -> LineSearch:
    """Look for the line in each of these exercises that is written and loads. Raises WorkerUnavailable.

    exercises: those that failed.   max_trials: how many changes are tried in each.   seconds: on the clock, for all of
    them together, by default SEARCH_SECONDS, or more for more trials; an exercise for which none are left is not
    searched, and says so.
    """
    seconds = SEARCH_SECONDS * max(1.0, max_trials / MAX_TRIALS) if seconds is None else seconds
    found, started = [], time.monotonic()
    for name in exercises:
        left = seconds - (time.monotonic() - started)
        one = (
            _search_exercise(catalogue.exercise(name), files, max_trials, how, left)
            if left > 0
            else FoundLine(name, late=True)
        )
        found += [one] if one else []
    return LineSearch(compute_search_key(max_trials), tuple(found))


def search_verdict(verdict: Verdict, files: LearnerFiles, max_trials: int = MAX_TRIALS) -> LineSearch:
    """Look for the line in what a verdict says is wrong."""
    reports = verdict.reports
    wrong = [n for n, r in reports.items() if not r.passed and r.diagnosis_code not in NOTHING_TO_SEARCH]
    return search_lines(wrong, files, max_trials)


def _search_exercise(
    exercise: Exercise, files: LearnerFiles, max_trials: int, how: Isolation | None, seconds: float
) -> FoundLine | None:
    """Search one exercise in a worker of its own; None where it is not written, or right in these cases."""
    problem, started = exercise.problem, time.monotonic()
    content = {name: file.content for name, file in files.files.items()}
    if f"{exercise.topic}.py" not in content:
        return None
    judge = TrialJudge(
        problem, keep_judged_cases(problem, build_answer_key(problem.oracle, PUBLIC_SEED, pytorch.is_available()))
    )

    def is_late() -> bool:
        return time.monotonic() - started > seconds

    def stop_if_late(tried: int) -> None:
        if is_late():
            raise SearchOver

    with Submission(content, how, seconds, trials=True) as submission:
        versions = WorkerVersions(submission, exercise.topic, problem.call, judge.cases)
        if versions.fault:
            return FoundLine(exercise.name, late=True) if is_late() else None
        found = Search(judge, versions, inf, max_trials, stop_if_late).run()
        late = is_late()
        if found.already_right:
            return None
        submission.allow(PLACE_SECONDS)
        places = [versions.find_place(step.version, content) for step in found.steps]
        if not all(places):
            places = []
        passing = found.steps[-1].passing if places else ()
        cases = sum(right == frozenset(judge.gradients) for right in passing)
        tried = min(found.tried, max_trials)
        return FoundLine(exercise.name, tuple(p for p in places if p), cases, found.of, tried, late)
