"""check(): the learner's files, judged as they are on disk now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from numbers import Integral
from pathlib import Path
from typing import Literal

from cnnlab import loader
from cnnlab.command_line import command_for
from cnnlab.course import catalogue, passes
from cnnlab.course.chapters import describe_place
from cnnlab.course.exercise import Exercise, Operation
from cnnlab.course.learner_folder import show_path
from cnnlab.gradcheck.case import CORE, Stage
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.engine import judge
from cnnlab.gradcheck.problem import Problem
from cnnlab.gradcheck.report import GradientResult, Report, Source
from cnnlab.gradcheck.subject import FunctionSubject, Subject
from cnnlab.gradcheck.time_limit import SAID, OutOfTime, time_limit
from cnnlab.loader import Loaded
from cnnlab.sourcefile import Reading

#: Seconds of processor time that executing a learner's file may take; it only defines functions.
LOAD_TIMEOUT_SECONDS = 10.0


def check(
    what: str,
    *,
    stage: Literal["core"] | None = None,
    seed: int = 0,
    function: Callable | None = None,
    forward: Callable | None = None,
    backward: Callable | None = None,
    step: Callable | None = None,
    folder: str | Path | None = None,
    torch: bool | None = None,
) -> Report:
    """Judge an exercise, an op or a chapter; report what is wrong and, where it can be proved, why.

    Args:
        what: A function's name ("conv2d_weight_grad"), an op's ("conv2d") or a chapter's ("ch08").
        stage: "core" for what the chapter derived, without the general cases; None for every case.
        seed: Seed for the random numbers, an int from 0 up.
        function: A function to judge in place of the one in the learner's file.
        forward: With backward, a pair to judge: any forward with the op's signature and a cache of its own.
        backward: The other function of that pair, called with (dy, cache).
        step: An update rule to judge, in place of the one in the learner's file.
        folder: Folder of the learner's files; by default the one that use() chose.
        torch: Whether PyTorch gives the right answers; by default where it is installed, else finite differences.

    Returns:
        A Report: passed, score (0 to 1), gradients, cases and the diagnosis. A notebook shows it as a table.

    Raises:
        LookupError: The course has no exercise, op or chapter of that name.
        ValueError: stage or seed cannot be used, or the name stands for several exercises where one is needed.
        TypeError: What is given to be judged is not a function, or more than one thing is given.

    Example:
        >>> import numpy as np
        >>> from cnnlab import check
        >>> report = check("relu_backward", function=lambda dy, cache: np.where(cache.x > 0, dy, 0), torch=False)
        >>> report.passed, report.score
        (True, 1.0)
    """
    exercises = catalogue.find(what)
    if stage is not None and stage != CORE:
        raise ValueError(f"stage is {stage!r}; 'core' is needed, or nothing for every case")
    if not isinstance(seed, Integral) or seed < 0:
        raise ValueError(f"seed is {seed!r}; a whole number from 0 up is needed")
    seed = int(seed)
    if sum((function is not None, step is not None, forward is not None or backward is not None)) > 1:
        raise TypeError("function, step and forward, backward are three ways to say what is judged; give one of them")
    if step is not None:
        if not all(e.problem.call.rule for e in exercises):
            raise TypeError(f"{what} is no update rule, such as 'adam'; give the function as function")
        function = step
    if forward is not None or backward is not None:
        return _judge_pair(what, forward, backward, stage, seed, torch)
    if function is not None:
        return _judge_function(what, exercises, function, stage, seed, torch)
    room = loader.folder(folder)
    loaded = {topic: _load(room, topic) for topic in dict.fromkeys(e.topic for e in exercises)}
    parts = tuple(_judge_exercise(e, loaded[e.topic], room.path, stage, seed, torch) for e in exercises)
    if what == exercises[0].name:
        return parts[0]
    return _merge_reports(what, exercises, parts, loaded, room.path, stage, seed, torch)


def examine(
    exercise: Exercise,
    reading: Reading,
    subject: Subject | None,
    *,
    stage: Stage | None = None,
    seed: int = 0,
    torch: bool | None = None,
) -> Report:
    """The report of one exercise: nothing is called where the file has a fault or the function is unwritten."""
    name, file = exercise.name, show_path(reading.file)
    source = Source(file, reading.sha256, reading.saved) if reading.sha256 else None
    if reading.fault or subject is None:
        return _report_unjudged(exercise, Code.LOAD, f"{reading.fault or 'the file was not loaded'}.", source)
    if name not in reading.defined:
        return _report_unjudged(exercise, Code.UNWRITTEN, f"{file} has no function {name}; write it there.", source)
    if name in reading.unwritten:
        sentence = f"{exercise.chapter}: write {name} in {file}, line {reading.defined[name]}."
        return _report_unjudged(exercise, Code.UNWRITTEN, sentence, source)
    forward = exercise.problem.call.forward
    if forward and forward not in reading.defined:
        return _report_unjudged(
            exercise, Code.LOAD, f"{file} has no function {forward} any more; it was given.", source
        )
    report = judge(exercise.problem, subject, stage=stage, seed=seed, torch=torch)
    return replace(report, source=source, where=describe_place(exercise), worth=exercise.points, hints=exercise.hints)


def weigh_scores(reports: tuple[Report, ...]) -> float:
    """The score of several exercises, each weighed by its points."""
    total = sum(r.worth for r in reports)
    return sum(r.score * r.worth for r in reports) / total if total else 0.0


def _load(room: loader.Folder, topic: str) -> Loaded:
    path = room.path / f"{topic}.py"
    limit = None
    try:
        with time_limit(LOAD_TIMEOUT_SECONDS) as limit:
            loaded = room.load(topic)
    except OutOfTime:
        loaded = Loaded(Reading(str(path), fault=SAID))
    if loaded.reading.fault and loaded.reading.fault.endswith(SAID):
        seconds = limit.ended_after if limit else LOAD_TIMEOUT_SECONDS
        line = f" line {loaded.reading.line}" if loaded.reading.line else ""
        fault = f"{path.name}{line} was still running after {seconds:g} s; a file only defines functions"
        return Loaded(replace(loaded.reading, fault=fault))
    return loaded


def _judge_exercise(exercise: Exercise, loaded: Loaded, folder: Path, stage, seed, torch) -> Report:
    function = loaded.function(exercise.name) if exercise.subject else None
    if exercise.subject and function:
        subject: Subject | None = exercise.subject(function, folder)
    else:
        subject = _make_subject(exercise.problem, loaded, folder)
    report = examine(exercise, loaded.reading, subject, stage=stage, seed=seed, torch=torch)
    if report.core:
        passes.record(exercise.name, folder, exercise.topic, None if stage else report.score)
    return report


def _make_subject(problem: Problem, loaded: Loaded, folder: Path) -> FunctionSubject | None:
    if loaded.module is None:
        return None
    wanted = [n for n in (problem.call.forward, problem.call.function) if n]
    functions = {n: f for n in wanted if (f := loaded.function(n))}
    return FunctionSubject(functions, problem.call, folder)


def _report_unjudged(exercise: Exercise, code: Code, sentence: str, source: Source | None) -> Report:
    """A report without a single case: 0 points, and why."""
    gradients = {g: GradientResult(g, "not judged") for g in exercise.problem.gradients}
    return Report(
        exercise.name,
        0.0,
        gradients,
        diagnosis=sentence,
        diagnosis_code=code,
        source=source,
        where=describe_place(exercise),
        worth=exercise.points,
        hints=exercise.hints,
        of=exercise.problem.of,
    )


def _merge_reports(what, exercises, parts: tuple[Report, ...], loaded, folder, stage, seed, torch) -> Report:
    """An op or a chapter: its exercises by points, and where all of them pass, each op's own joined pair."""
    if all(part.passed for part in parts):
        for name in dict.fromkeys(e.op for e in exercises):
            joined = _judge_joined_pair(catalogue.operation(name), loaded, folder, stage, seed, torch)
            parts += (joined,) if joined and not joined.passed else ()
    wrong = next((p for p in sorted(parts, key=lambda p: p.diagnosis_code == Code.UNWRITTEN) if p.diagnosis), None)
    return Report(
        what,
        weigh_scores(parts),
        {name: g for part in parts for name, g in part.gradients.items()},
        tuple(replace(case, part=part.name) for part in parts for case in part.cases),
        diagnosis=wrong.diagnosis if wrong else None,
        diagnosis_code=wrong.diagnosis_code if wrong else None,
        diagnosis_detail=wrong.diagnosis_detail if wrong else None,
        source=parts[0].source,
        stage=stage,
        seed=seed,
        judge=parts[0].judge,
        seconds=sum(part.seconds for part in parts),
        parts=parts,
        worth=sum(part.worth for part in parts),
    )


def _judge_joined_pair(operation: Operation, loaded, folder, stage, seed, torch) -> Report | None:
    """The given function that joins the parts; it was right when it was handed out."""
    pair = operation.pair
    if pair is None or len(operation.exercises) < 2:
        return None
    subject = _make_subject(pair, loaded[operation.topic], folder)
    assert subject is not None
    if pair.call.function not in subject.functions:
        sentence = (
            f"{pair.call.function}, which joins the gradients and was given, is gone. "
            f"{command_for('reset', operation.topic)} puts the whole file back."
        )
        return Report(pair.name, 0.0, diagnosis=sentence, diagnosis_code=Code.LOAD, worth=0)
    report = replace(judge(pair, subject, stage=stage, seed=seed, torch=torch), worth=0)
    if report.passed:
        return report
    sentence = f"Each gradient is right alone; {pair.call.function}, which joins them and was given, is not any more. "
    return replace(
        report, diagnosis=sentence + (report.diagnosis or ""), diagnosis_code=report.diagnosis_code or Code.FORMULA
    )


def _judge_pair(what, forward, backward, stage, seed, torch) -> Report:
    names = {exercise.op for exercise in catalogue.find(what)}
    if len(names) != 1:
        raise ValueError(f"{what} is several ops; name the one that the pair is for: {', '.join(sorted(names))}")
    name = names.pop()
    pair = catalogue.operation(name).pair
    if pair is None:
        raise TypeError(f"{name} is one function, with no backward; give it as function")
    if not (callable(forward) and callable(backward)):
        raise TypeError("forward and backward are checked together: two functions are needed")
    functions = {pair.call.forward: forward, pair.call.function: backward}
    return judge(pair, FunctionSubject(functions, pair.call), stage=stage, seed=seed, torch=torch, lenient=True)


def _judge_function(what, exercises, function, stage, seed, torch) -> Report:
    if len(exercises) != 1:
        names = ", ".join(e.name for e in exercises)
        raise ValueError(f"{what} is several exercises; name the one that function is for: {names}")
    if not callable(function):
        raise TypeError(f"function is a {type(function).__name__}; a function is needed")
    exercise = exercises[0]
    functions = {exercise.problem.call.function: function}
    if exercise.problem.call.forward:
        assert exercise.problem.oracle.reference
        functions[exercise.problem.call.forward] = exercise.problem.oracle.reference
    if exercise.subject:
        subject: Subject = exercise.subject(function, None)
    else:
        subject = FunctionSubject(functions, exercise.problem.call)
    report = judge(exercise.problem, subject, stage=stage, seed=seed, torch=torch)
    return replace(report, where=describe_place(exercise), worth=exercise.points, hints=exercise.hints)
