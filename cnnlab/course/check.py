"""check(): judge the learner's files as they are on disk now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from cnnlab import loader
from cnnlab.command_line import command_for
from cnnlab.course import catalogue, passes
from cnnlab.course.exercise import Exercise, Operation
from cnnlab.course.gear_train import find_gear_train
from cnnlab.course.learner_folder import link_file, show_path
from cnnlab.course.subjects import find_functions, find_pair, load_topic, make_subject, read_options
from cnnlab.errors import WrongType, WrongValue
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.engine import CheckOptions, judge
from cnnlab.gradcheck.exercise_place import FunctionLine
from cnnlab.gradcheck.own_layer_problem import OwnLayerProblem
from cnnlab.gradcheck.problem import Problem
from cnnlab.gradcheck.report import GradientResult, Report, Source
from cnnlab.gradcheck.runner.calls import UpdateRuleCall
from cnnlab.gradcheck.subject import FunctionSubject, Subject
from cnnlab.left_out import has_locate
from cnnlab.loader import Loaded
from cnnlab.sourcefile import Reading


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
        torch: True to ask PyTorch as well as differences about every case, False to leave PyTorch out. By default
            differences judge, or PyTorch where it has been imported already; the two agree.

    Returns:
        A Report: passed, score (0 to 1), gradients, cases and the diagnosis. A notebook shows it as a table.

    Raises:
        LookupError: The course has no exercise, op or chapter of that name.
        ValueError: stage, seed or torch cannot be used, or the name stands for several exercises where one is needed.
        TypeError: What is given to be judged is not a function, or more than one thing is given.

    Example:
        >>> import numpy as np
        >>> from cnnlab import check
        >>> report = check("relu_backward", function=lambda dy, cache: np.where(cache.x > 0, dy, 0), torch=False)
        >>> report.passed, report.score
        (True, 1.0)
    """
    exercises = catalogue.find(what)
    options = read_options(stage, seed, torch)
    if sum((function is not None, step is not None, forward is not None or backward is not None)) > 1:
        raise WrongType("function, step and forward, backward are three ways to say what is judged; give one of them")
    if step is not None:
        if not all(isinstance(e.problem.call, UpdateRuleCall) for e in exercises):
            raise WrongType(f"{what} is no update rule, such as 'adam'; give the function as function")
        function = step
    if forward is not None or backward is not None:
        return _judge_pair(what, forward, backward, options)
    if function is not None:
        return _judge_function(what, exercises, function, replace(options, lenient=step is not None))
    files = loader.folder(folder)
    loaded = {topic: load_topic(files, topic) for topic in dict.fromkeys(e.topic for e in exercises)}
    parts = tuple(_judge_exercise(e, loaded[e.topic], files.path, options) for e in exercises)
    if what == exercises[0].name:
        report = parts[0]
    else:
        pairs = _judge_joined_pairs(exercises, parts, loaded, files.path, options)
        report = _join_reports(what, parts + pairs, options)
    gears = find_gear_train(tuple(e.name for e in exercises), files.path) if report.passed else None
    return replace(report, gears=gears)


def examine(exercise: Exercise, reading: Reading, subject: Subject | None, options: CheckOptions) -> Report:
    """Return the report of one exercise; nothing is called if the file has a fault or the function is unwritten."""
    name, file = exercise.name, show_path(reading.file)
    source = Source(file, reading.sha256, reading.saved) if reading.sha256 else None
    report = _examine(exercise, reading, subject, options, source)
    line = FunctionLine(file, reading.defined.get(report.waits_for or name), link_file(reading.file))
    return replace(report, line=line)


def _examine(
    exercise: Exercise, reading: Reading, subject: Subject | None, options: CheckOptions, source: Source | None
) -> Report:
    name, file = exercise.name, show_path(reading.file)
    if reading.fault or subject is None:
        return _report_unjudged(exercise, Code.LOAD, f"{reading.fault or 'the file was not loaded'}.", source)
    missing = find_unwritten(exercise, reading)
    if missing:
        task = "write" if exercise.topic not in loader.TOPICS_TO_REPAIR else "find the mistake of"
        sentence = f"{file} has no function {missing}; write it there."
        if missing in reading.defined:
            sentence = f"{exercise.chapter}: {task} {missing} in {file}, line {reading.defined[missing]}."
        report = _report_unjudged(exercise, Code.UNWRITTEN, sentence, source)
        return report if missing == name else replace(report, waits_for=missing)
    forward = exercise.problem.call.forward
    if forward and forward not in reading.defined and not exercise.optional:
        sentence = f"{file} has no function {forward} any more; it was given."
        return _report_unjudged(exercise, Code.LOAD, sentence, source)
    problem = exercise.problem
    if isinstance(problem, OwnLayerProblem):
        missing = {n for n in problem.versions if n not in reading.defined or n in reading.unwritten}
        arguments = reading.arguments.get(forward or "", ())
        problem = replace(problem, arguments=arguments, unwritten=frozenset(missing))
    return replace(_add_place(judge(problem, subject, options), exercise), source=source)


def find_unwritten(exercise: Exercise, reading: Reading) -> str | None:
    """Return a function that must be written before the exercise can be judged, its own first; None where all are."""
    required = dict.fromkeys((exercise.name, *exercise.problem.prerequisites))
    return next((n for n in required if n not in reading.defined or n in reading.unwritten), None)


def weigh_scores(reports: tuple[Report, ...]) -> float:
    """Return the score of several exercises, each weighted by its points; optional ones alone count alike."""
    total = sum(r.worth for r in reports)
    if not total:
        return sum(r.score for r in reports) / len(reports) if reports else 0.0
    return sum(r.score * r.worth for r in reports) / total


def _judge_exercise(exercise: Exercise, loaded: Loaded, folder: Path, options: CheckOptions) -> Report:
    """Judge the function of a learner's file, and note a pass."""
    waiting = _wait_for_need(exercise, loaded.reading, folder)
    if waiting:
        return waiting
    subject = make_subject(exercise, loaded, folder)
    report = examine(exercise, loaded.reading, subject, options)
    report = _offer_search(report, exercise.name, exercise.problem, {"folder": folder}, options)
    if report.core:
        passes.record(exercise.name, folder, exercise.topic, None if options.stage else report.score)
    return report


def _wait_for_need(exercise: Exercise, reading: Reading, folder: Path) -> Report | None:
    """Return the report of an exercise that is written while the one that its given forward calls is not, or None."""
    if not exercise.needs or exercise.name not in reading.defined or exercise.name in reading.unwritten:
        return None
    needed = catalogue.exercise(exercise.needs)
    there = load_topic(loader.folder(folder), needed.topic).reading
    if there.fault or (needed.name in there.defined and needed.name not in there.unwritten):
        return None
    file = show_path(there.file)
    sentence = (
        f"{exercise.name} cannot be judged yet: its forward pass calls {needed.name}. Write that first, in {file} "
        f"({needed.where})."
    )
    line = FunctionLine(file, there.defined.get(needed.name), link_file(there.file))
    report = _report_unjudged(exercise, Code.UNWRITTEN, sentence, None)
    return replace(report, line=line, waits_for=needed.name, where=needed.where)


def _offer_search(
    report: Report, what: str, problem: Problem, judged: Mapping[str, Any], options: CheckOptions
) -> Report:
    """Return a report with the line of the mistake, where it was found before, or else with how to look for it.

    what: the exercise or op.   judged: the folder or the functions, as locate takes them.
    """
    if not has_locate() or not report.cases or report.failure or report.passed or report.of in ("mistake", "layer"):
        return report
    from cnnlab.course.locate_line import locate, recall_place

    found = recall_place(problem, options, **judged)
    search = partial(locate, what, seed=options.seed, torch=options.torch, **judged)
    return replace(report, located=found, locate=search)


def _report_unjudged(exercise: Exercise, code: Code, sentence: str, source: Source | None) -> Report:
    """Return a report without a single case: 0 points, and why."""
    report = Report(
        exercise.name,
        0.0,
        {g: GradientResult(g, "not judged") for g in exercise.problem.gradients},
        diagnosis=sentence,
        diagnosis_code=code,
        source=source,
        of=exercise.problem.of,
    )
    return _add_place(report, exercise)


def _add_place(report: Report, exercise: Exercise) -> Report:
    """Return a report with what the catalogue knows of its exercise: its place, points and hints."""
    return replace(report, where=exercise.where, worth=exercise.points, hints=exercise.hints)


def _join_reports(what: str, parts: tuple[Report, ...], options: CheckOptions) -> Report:
    """Return the report of an op or a chapter: its exercises, weighted by points."""
    wrong = next((p for p in sorted(parts, key=lambda p: p.diagnosis_code == Code.UNWRITTEN) if p.diagnosis), None)
    return Report(
        what,
        weigh_scores(parts),
        {name: g for part in parts for name, g in part.gradients.items()},
        tuple(replace(case, part=part.name) for part in parts for case in part.cases),
        diagnosis=wrong.diagnosis if wrong else None,
        diagnosis_code=wrong.diagnosis_code if wrong else None,
        diagnosis_detail=wrong.diagnosis_detail if wrong else None,
        causes=wrong.causes if wrong else (),
        source=parts[0].source,
        stage=options.stage,
        seed=options.seed,
        judge=parts[0].judge,
        seconds=sum(part.seconds for part in parts),
        parts=parts,
        worth=sum(part.worth for part in parts),
        example=next((part.example for part in parts if part.example), None),
    )


def _judge_joined_pairs(
    exercises: tuple[Exercise, ...],
    parts: tuple[Report, ...],
    loaded: Mapping[str, Loaded],
    folder: Path,
    options: CheckOptions,
) -> tuple[Report, ...]:
    """Return the reports of the ops whose given function does not join the parts correctly, if every part passes."""
    if not all(part.passed for part in parts):
        return ()
    operations = map(catalogue.operation, dict.fromkeys(e.op for e in exercises))
    joined = [_judge_joined_pair(operation, loaded[operation.topic], folder, options) for operation in operations]
    return tuple(report for report in joined if report and not report.passed)


def _judge_joined_pair(operation: Operation, loaded: Loaded, folder: Path, options: CheckOptions) -> Report | None:
    """Judge the given function that joins the parts of an op; it was right when it was handed out."""
    pair = operation.pair
    if pair is None or len(operation.exercises) < 2:
        return None
    functions = find_functions(pair, loaded)
    assert functions is not None
    if pair.call.function not in functions:
        sentence = (
            f"{pair.call.function}, which joins the gradients and was given, is gone. "
            f"{command_for('reset', operation.topic)} puts the whole file back."
        )
        return Report(pair.name, 0.0, diagnosis=sentence, diagnosis_code=Code.LOAD, worth=0)
    report = replace(judge(pair, FunctionSubject(functions, pair.call, folder), options), worth=0)
    if report.passed:
        return report
    sentence = f"Each gradient is right alone; {pair.call.function}, which joins them and was given, is not any more. "
    return replace(
        report, diagnosis=sentence + (report.diagnosis or ""), diagnosis_code=report.diagnosis_code or Code.FORMULA
    )


def _judge_pair(what: str, forward: Callable | None, backward: Callable | None, options: CheckOptions) -> Report:
    """Judge a caller's own forward and backward of an op."""
    pair = find_pair(what, forward, backward)
    assert pair.call.forward and forward and backward
    functions = {pair.call.forward: forward, pair.call.function: backward}
    report = judge(pair, FunctionSubject(functions, pair.call), replace(options, lenient=True))
    return _offer_search(report, what, pair, {"forward": forward, "backward": backward}, options)


def _judge_function(what: str, exercises: tuple[Exercise, ...], function: Callable, options: CheckOptions) -> Report:
    """Judge a caller's own function in place of the one in the file."""
    if len(exercises) != 1:
        names = ", ".join(e.name for e in exercises)
        raise WrongValue(f"{what} is several exercises; name the one that function is for: {names}")
    if not callable(function):
        raise WrongType(f"function is a {type(function).__name__}; a function is needed")
    exercise, problem = exercises[0], exercises[0].problem
    if isinstance(problem, OwnLayerProblem):
        raise WrongType(f"{what} is judged with the forward, the cases and the wrong versions of {exercise.topic}.py")
    functions = {problem.call.function: function}
    if problem.call.forward:
        assert problem.oracle.reference
        functions[problem.call.forward] = problem.oracle.reference
    subject = exercise.make_subject(functions, problem.call, None)
    report = _add_place(judge(problem, subject, options), exercise)
    return _offer_search(report, exercise.name, exercise.problem, {"function": function}, options)
