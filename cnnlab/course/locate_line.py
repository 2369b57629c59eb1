"""locate(): the line of the mistake in a learner's file, or in functions that are handed over."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from cnnlab import loader
from cnnlab.course import catalogue
from cnnlab.course.exercise import Exercise
from cnnlab.course.learner_folder import show_path
from cnnlab.course.subjects import find_pair, read_options
from cnnlab.course.trial_child import Job
from cnnlab.errors import WrongType, WrongValue
from cnnlab.gradcheck.custom.search_problem import (
    SEARCH_SECONDS,
    AlreadyPasses,
    check_seconds,
    has_found,
    keep_judged_cases,
    recall,
    recall_in_functions,
    remember,
    search,
    search_functions,
)
from cnnlab.gradcheck.custom.trial_judge import TrialJudge
from cnnlab.gradcheck.diagnosis.locate.located import Located
from cnnlab.gradcheck.diagnosis.locate.trial_process import ChildTrials
from cnnlab.gradcheck.engine import CheckOptions
from cnnlab.gradcheck.problem import Problem
from cnnlab.gradcheck.reference.answer_key import build_answer_key
from cnnlab.gradcheck.subject import FunctionSubject, Subject
from cnnlab.sourcefile import Unreadable, parse, read, read_facts

#: What the child process runs.
CHILD = ("cnnlab.course.trial_child", "main")


def locate(
    what: str,
    *,
    function: Callable | None = None,
    forward: Callable | None = None,
    backward: Callable | None = None,
    step: Callable | None = None,
    seconds: float = SEARCH_SECONDS,
    seed: int = 0,
    folder: str | Path | None = None,
    torch: bool | None = None,
) -> Located | None:
    """Find the line of a mistake: try single changes of the source until every case passes.

    Your file is not changed. What is found is proved by running it; the change itself is most of the solution, and is
    shown only when you ask for it.

    Args:
        what: A function's name ("conv2d_weight_grad"), an op's or a chapter's; of several exercises, the first that
            fails is searched.
        function: A function to search in place of the one in the learner's file.
        forward: With backward, a pair to search, as for check.
        backward: The other function of that pair.
        step: An update rule to search.
        seconds: How many seconds of processor time to search at most.
        seed: Seed for the random numbers, an int from 0 up.
        folder: Folder of the learner's files; by default the one that use() chose.
        torch: Whether PyTorch gives the right answers; by default where it is installed.

    Returns:
        The line, with the change that proves it; None where none was found in the time.

    Raises:
        LookupError: The course has no exercise, op or chapter of that name.
        ValueError: What is named passes, is unwritten or cannot be loaded, or an argument cannot be used.
        TypeError: What is given is not a function, or more than one thing is given.

    Example:
        >>> import numpy as np
        >>> from cnnlab import locate
        >>> def relu_backward(dy, cache):
        ...     return np.where(cache.x < 0, dy, 0)
        >>> found = locate("relu_backward", function=relu_backward, torch=False)
        >>> print(found.text)
            return np.where(cache.x < 0, dy, 0)
    """
    exercises = catalogue.find(what)
    options, seconds = read_options(None, seed, torch), check_seconds(seconds)
    given = [function is not None, step is not None, forward is not None or backward is not None]
    if sum(given) > 1:
        raise WrongType("function, step and forward, backward are three ways to say what is searched; give one of them")
    if forward is not None or backward is not None:
        return _locate_in_pair(what, forward, backward, options, seconds)
    function = step if step is not None else function
    if function is not None:
        return _locate_in_function(what, exercises, function, options, seconds)
    return _locate_in_file(what, exercises, loader.folder(folder).path, options, seconds)


def _locate_in_pair(what: str, forward, backward, options, seconds: float) -> Located | None:
    pair = find_pair(what, forward, backward)
    assert pair.call.forward
    functions = {pair.call.forward: forward, pair.call.function: backward}
    key = build_answer_key(pair.oracle, options.seed, options.torch)
    roots = [(backward, "function"), (forward, "forward")]
    return search_functions(
        pair, key, roots, lambda limit: FunctionSubject(functions, pair.call, seconds=limit), seconds
    )


def _locate_in_function(what: str, exercises, function: Callable, options, seconds: float) -> Located | None:
    if len(exercises) != 1:
        names = ", ".join(e.name for e in exercises)
        raise WrongValue(f"{what} is several exercises; name the one that the function is for: {names}")
    if not callable(function):
        raise WrongType(f"function is a {type(function).__name__}; a function is needed")
    exercise = exercises[0]
    problem = exercise.problem
    functions = {problem.call.function: function}
    if problem.call.forward:
        assert problem.oracle.reference
        functions[problem.call.forward] = problem.oracle.reference

    def make_subject(limit: float) -> Subject:
        subject = exercise.make_subject(functions, problem.call, None)
        return replace(subject, seconds=limit) if isinstance(subject, FunctionSubject) else subject

    key = build_answer_key(problem.oracle, options.seed, options.torch)
    return search_functions(problem, key, [(function, "function")], make_subject, seconds)


def _locate_in_file(what: str, exercises, folder: Path, options, seconds: float) -> Located | None:
    """Search the first exercise that fails; the learner's file is run in a child process alone."""
    unwritten = []
    for exercise in exercises:
        sentence = _find_obstacle(exercise, folder)
        if sentence:
            unwritten.append(sentence)
            continue
        try:
            return remember(
                _name_file(exercise.name, folder, options.seed),
                seconds,
                lambda e=exercise: _search_in_child(e, folder, options, seconds),
            )
        except AlreadyPasses:
            continue
    raise WrongValue(unwritten[0] if unwritten else f"{what} passes every case; there is no mistake to look for")


def _search_in_child(exercise: Exercise, folder: Path, options, seconds: float) -> Located | None:
    key = keep_judged_cases(exercise.problem, build_answer_key(exercise.problem.oracle, options.seed, options.torch))
    judge = TrialJudge(exercise.problem, key)
    trials = ChildTrials(CHILD, Job(exercise.name, folder), judge.cases)
    try:
        if trials.fault:
            raise WrongValue(trials.fault)
        return search(judge, trials, seconds)
    finally:
        trials.close()


def recall_place(problem: Problem, options: CheckOptions, **judged: Any) -> Located | None:
    """Return what was found earlier in the same source, or None. judged: the folder or the functions, as for locate."""
    if "folder" in judged:
        return recall(_name_file(problem.name, judged["folder"], options.seed))
    if not has_found():
        return None
    key = build_answer_key(problem.oracle, options.seed, options.torch)
    roots = [(function, ROLES[name]) for name, function in judged.items()]
    return recall_in_functions(problem, key, sorted(roots, key=lambda root: root[1] == "forward"))


#: The arguments of locate that are functions, and what each is to the search.
ROLES = {"function": "function", "backward": "function", "forward": "forward"}


def _name_file(name: str, folder: Path, seed: int) -> tuple[Any, ...]:
    return name, seed, _hash_folder(folder)


def _find_obstacle(exercise: Exercise, folder: Path) -> str:
    """Return why an exercise cannot be searched, read off its file, or ""."""
    path = folder / f"{exercise.topic}.py"
    try:
        source = read(path)
        facts = read_facts(source, parse(source))
    except Unreadable as error:
        return str(error)
    if exercise.name not in facts.defined:
        return f"{show_path(path)} has no function {exercise.name}; write it there"
    if exercise.name in facts.unwritten:
        return f"{exercise.name} is not written yet, in {show_path(path)}, line {facts.defined[exercise.name]}"
    return ""


def _hash_folder(folder: Path) -> str:
    told = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        told.update(f"{path.name}\0".encode() + path.read_bytes())
    return told.hexdigest()
