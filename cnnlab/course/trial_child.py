"""The child process in which changed versions of a learner's file are tried; locate() starts it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cnnlab import loader
from cnnlab.course import catalogue
from cnnlab.course.subjects import load_topic, make_subject
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.custom.search_problem import TRIAL_SECONDS
from cnnlab.gradcheck.diagnosis.locate.live_functions import find_functions
from cnnlab.gradcheck.diagnosis.locate.trial_process import serve_trials
from cnnlab.gradcheck.diagnosis.locate.trials import LocalTrials


@dataclass(frozen=True)
class Job:
    """Which exercise of which folder is searched."""

    exercise: str
    folder: Path


def main() -> None:
    """Load the learner's file and answer questions about trials until there are no more."""
    serve_trials(prepare_trials)


def prepare_trials(job: Job, cases: Sequence[Case]) -> LocalTrials | str:
    """Return the trials of a learner's function, or why there are none."""
    exercise = catalogue.exercise(job.exercise)
    files = loader.folder(job.folder)
    loaded = load_topic(files, exercise.topic)
    if loaded.reading.fault or loaded.module is None:
        return loaded.reading.fault or "the file was not loaded"
    function = loaded.function(exercise.name)
    if function is None:
        return f"{loaded.reading.file} has no function {exercise.name}"
    roots = [(function, "function")]
    call = exercise.problem.call
    if call.forward and (forward := loaded.function(call.forward)):
        roots.append((forward, "forward"))
    functions = find_functions(roots)
    if not any(live.unit.role == "function" for live in functions):
        return f"the source of {exercise.name} was not found"
    return LocalTrials(
        functions, lambda seconds: make_subject(exercise, loaded, files.path, seconds), cases, TRIAL_SECONDS
    )
