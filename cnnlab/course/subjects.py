"""What is judged: learner files loaded within a time limit, the functions in them, and how they are asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from numbers import Integral
from pathlib import Path

from cnnlab import loader
from cnnlab.course import catalogue
from cnnlab.course.exercise import Exercise
from cnnlab.errors import WrongType, WrongValue
from cnnlab.gradcheck.case import CORE
from cnnlab.gradcheck.engine import CheckOptions
from cnnlab.gradcheck.problem import Problem
from cnnlab.gradcheck.reference import pytorch
from cnnlab.gradcheck.subject import FunctionSubject, Subject
from cnnlab.gradcheck.time_limit import OutOfTime, time_limit
from cnnlab.loader import Loaded
from cnnlab.sourcefile import Reading

#: Processor time that executing a learner's file may take; it only defines functions.
LOAD_TIMEOUT_SECONDS = 10.0


def read_options(stage: str | None, seed: int, torch: bool | None) -> CheckOptions:
    """Return the options of a check, or raise WrongValue for one that is none."""
    if stage is not None and stage != CORE:
        raise WrongValue(f"stage is {stage!r}; 'core' is needed, or nothing for every case")
    if not isinstance(seed, Integral) or seed < 0:
        raise WrongValue(f"seed is {seed!r}; a whole number from 0 up is needed")
    if torch and not pytorch.is_available():
        raise WrongValue("torch=True asks PyTorch as well, which is not installed; leave it out")
    return CheckOptions(CORE if stage else None, int(seed), torch)


def load_topic(files: loader.Folder, topic: str) -> Loaded:
    """Load a learner's file within the time limit; a file that takes longer has a fault that says so."""
    path = files.path / f"{topic}.py"
    limit = None
    try:
        with time_limit(LOAD_TIMEOUT_SECONDS) as limit:
            loaded = files.load(topic)
    except OutOfTime:
        loaded = Loaded(Reading(str(path)), raised=OutOfTime)
    if not (loaded.raised and issubclass(loaded.raised, OutOfTime)):
        return loaded
    seconds = limit.ended_after if limit else LOAD_TIMEOUT_SECONDS
    line = f" line {loaded.reading.line}" if loaded.reading.line else ""
    fault = f"{path.name}{line} was still running after {seconds:g} s; a file only defines functions"
    return Loaded(replace(loaded.reading, fault=fault))


def make_subject(exercise: Exercise, loaded: Loaded, folder: Path, seconds: float | None = None) -> Subject | None:
    """Return what answers an exercise's cases, or None for a file that was not loaded.

    seconds: of processor time for one case, where it is not the usual limit.
    """
    functions = find_functions(exercise.problem, loaded, exercise.optional)
    if functions is None:
        return None
    subject = exercise.make_subject(functions, exercise.problem.call, folder)
    return replace(subject, seconds=seconds) if seconds and isinstance(subject, FunctionSubject) else subject


def find_functions(problem: Problem, loaded: Loaded, optional: bool = False) -> dict[str, Callable] | None:
    """Return the functions that a problem calls, by name, or None for a file that was not loaded.

    optional: a file that was handed out before the exercise existed has no forward for it; the given one is used.
    """
    if loaded.module is None:
        return None
    functions = {n: f for n in problem.functions if (f := loaded.function(n))}
    forward = problem.call.forward
    if optional and forward and forward not in functions:
        topic = Path(loaded.reading.file).stem
        functions[forward] = loader.load_stub_function(topic, forward)
    return functions


def find_pair(what: str, forward: Callable | None, backward: Callable | None) -> Problem:
    """Return the problem that a caller's own forward and backward are judged by, or raise where there is none."""
    names = {exercise.op for exercise in catalogue.find(what)}
    if len(names) != 1:
        raise WrongValue(f"{what} is several ops; name the one that the pair is for: {', '.join(sorted(names))}")
    name = names.pop()
    pair = catalogue.operation(name).pair
    if pair is None:
        raise WrongType(f"{name} is one function, with no backward; give it as function")
    if not (callable(forward) and callable(backward)):
        raise WrongType("forward and backward are checked together: two functions are needed")
    return pair
