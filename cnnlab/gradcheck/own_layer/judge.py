"""Judge a layer of one's own: its backward against differences of its forward, then its wrong versions."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from cnnlab.gradcheck.case import CORE, ROUNDED, Case, generator, normals
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.contract import Fault
from cnnlab.gradcheck.engine import CheckOptions, judge
from cnnlab.gradcheck.example import Cause
from cnnlab.gradcheck.own_layer.judge_versions import Version, judge_versions
from cnnlab.gradcheck.own_layer.learner_forward import MAX_DIAGNOSIS_CALLS, LearnerForward
from cnnlab.gradcheck.own_layer.read_cases import NothingToJudge, describe_kind, read_cases
from cnnlab.gradcheck.own_layer.require_layer import require_layer
from cnnlab.gradcheck.own_layer_problem import OwnLayerProblem
from cnnlab.gradcheck.problem import Problem
from cnnlab.gradcheck.reference.answer_key import (
    DIFFERENCES,
    AnswerKey,
    reference_answer,
    replay_with_other_inputs,
)
from cnnlab.gradcheck.report import GradientResult, Report
from cnnlab.gradcheck.subject import FileSubject
from cnnlab.gradcheck.wording import join_words

#: The share of the score for gradients that are right in every case; the rest is for the versions that are rejected.
GRADIENT_SHARE = 0.5


def judge_own_layer(problem: OwnLayerProblem, subject: FileSubject, options: CheckOptions) -> Report:
    """Return the report of a layer of one's own.

    The versions are judged where the gradients are right in every case: cases that reject everything show nothing.
    """
    with np.errstate(all="ignore"):  # a learner's numbers may be of any size
        return _judge_own_layer(problem, subject, options)


def _judge_own_layer(problem: OwnLayerProblem, subject: FileSubject, options: CheckOptions) -> Report:
    started = time.perf_counter()
    try:
        inner, key = _prepare(problem, subject, options.seed)
    except NothingToJudge as stop:
        report = _report_fault(problem, stop.fault)
        return replace(report, seed=options.seed, stage=options.stage, seconds=time.perf_counter() - started)
    report = judge(inner, subject.change_call(problem.call), replace(options, example=False), key)
    report = replace(report, of=problem.of, notes=_name_undifferentiated(key.cases[0][0], inner))
    if report.passed:
        versions = judge_versions(inner, subject, problem.versions, problem.unwritten, key.cases)
        report = _add_versions(report, versions)
    else:
        rows = {name: GradientResult(name, "not judged", version=True) for name in problem.versions}
        later = "The wrong versions are judged as soon as the gradients are right in every case."
        pattern = f"{report.pattern} {later}" if report.pattern else later
        notes = report.notes if report.diagnosis_code == Code.STRUCTURE else ()
        report = replace(report, score=0.0, gradients={**report.gradients, **rows}, notes=notes, pattern=pattern)
    return replace(report, seconds=time.perf_counter() - started)


def _prepare(problem: OwnLayerProblem, subject: FileSubject, seed: int) -> tuple[Problem, AnswerKey]:
    """Return the backward as a usual problem, and the right answers. Raises NothingToJudge where there are none."""
    found = read_cases(problem, subject)
    forward = LearnerForward(problem, subject, found.names)
    ys = forward.ask_first(found)
    cases = tuple(
        _make_case(number, inputs, seed, y.shape)
        for number, (inputs, y) in enumerate(zip(found.inputs, ys, strict=True), start=1)
    )
    oracle = forward.make_oracle(cases, found.wrt)
    answers = tuple((case, reference_answer(oracle, DIFFERENCES, case)) for case in cases)
    forward.require_same_answer(found.inputs[0], ys[0])
    require_layer(forward, answers, dict(found.wrt))
    inner = Problem(problem.name, problem.call, tuple(found.wrt), oracle)
    key = AnswerKey(answers, DIFFERENCES, replay_with_other_inputs(oracle, DIFFERENCES, cases))
    forward.limit_calls(MAX_DIAGNOSIS_CALLS)
    return inner, key


def _make_case(number: int, inputs: Mapping[str, Any], seed: int, shape: tuple[int, ...]) -> Case:
    """Return a learner's case with an upstream gradient drawn for it."""
    name = f"case {number}"
    return Case(name, CORE, inputs, dy=normals(generator(seed, name), shape), tolerance=ROUNDED)


def _name_undifferentiated(case: Case, inner: Problem) -> tuple[str, ...]:
    """Return one sentence for each input that has no gradient, which somebody may have meant to have one."""
    return tuple(
        f"{name} has no gradient, since it is {describe_kind(value)}."
        + (" A parameter of one number must be an array of shape (1,)." if type(value) is float else "")
        for name, value in case.inputs.items()
        if f"d{name}" not in inner.gradients
    )


def _report_fault(problem: OwnLayerProblem, fault: Fault) -> Report:
    """Return the report of a forward or of cases with which nothing can be judged."""
    rows = {name: GradientResult(name, "not judged", version=name in problem.versions) for name in problem.gradients}
    return Report(
        problem.name,
        0.0,
        rows,
        diagnosis=fault.sentence,
        diagnosis_code=fault.code,
        failure=fault.failure,
        judge=DIFFERENCES,
        of=problem.of,
        causes=(Cause(fault.code, fault.sentence, "", "", 0, 0, CORE),),
    )


def _make_row(version: Version) -> GradientResult:
    """Return what a report's table says of a version."""
    if version.unwritten:
        return GradientResult(version.name, "not judged", version=True)
    return GradientResult(version.name, "pass" if version.counts else "fail", version=True)


def _add_versions(report: Report, versions: tuple[Version, ...]) -> Report:
    """Return the report of right gradients with what became of the versions."""
    unwritten = [v.name for v in versions if v.unwritten]
    rows = {v.name: _make_row(v) for v in versions}
    causes = tuple(
        Cause(Code.NOT_REJECTED, v.fault, "", v.name, len(v.accepted), len(report.cases), CORE)
        for v in versions
        if not v.counts and not v.unwritten
    )
    if unwritten:
        missing = f"{join_words(unwritten)} {'is' if len(unwritten) == 1 else 'are'} not written yet."
        causes = (*causes, Cause(Code.NOT_REJECTED, missing, "", unwritten[0], 0, len(report.cases), CORE))
    rejected = [v for v in versions if v.counts]
    notes = (f"Rejected: {'; '.join(v.describe() for v in rejected)}.",) if rejected else ()
    return replace(
        report,
        score=GRADIENT_SHARE + (1 - GRADIENT_SHARE) * len(rejected) / len(versions),
        gradients={**report.gradients, **rows},
        diagnosis=causes[0].sentence if causes else None,
        diagnosis_code=Code.NOT_REJECTED if causes else None,
        causes=causes,
        notes=notes,
    )
