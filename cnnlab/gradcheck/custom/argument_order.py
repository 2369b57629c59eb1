"""Find a backward that takes its arguments in another order, where every case raises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cnnlab.gradcheck import engine
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.problem import Problem
from cnnlab.gradcheck.reference.answer_key import AnswerKey
from cnnlab.gradcheck.report import Report
from cnnlab.gradcheck.subject import FunctionSubject


def add_argument_order(report: Report, problem: Problem, subject: FunctionSubject, key: AnswerKey) -> Report:
    """Return the report with the order in which the backward takes its arguments, where it is right with that order.

    Backward passes of others take dy last as often as first.
    """
    causes, arguments = report.causes, problem.call.arguments
    if report.diagnosis_code != Code.RAISES or not causes or not key.cases:
        return report
    case, expected = key.cases[0]
    dy_last = replace(
        subject, functions={**subject.functions, problem.call.function: _give_dy_last(subject, problem.call.function)}
    )
    judged = engine.judge_answer(problem, case, dy_last.run(case), expected)
    if not all(judged.passes(name) for name in problem.gradients):
        return report
    taken, given = (f"{problem.call.function}({', '.join(a)})" for a in ((*arguments[1:], "dy"), arguments))
    where = "in every case" if engine.judge(problem, dy_last, key=key).passed else f"in “{case.name}”"
    sentence = f"The backward takes dy last: called as {taken} it is right {where}. gradcheck calls {given}."
    cause = replace(causes[0], sentence=sentence, cases=causes[0].of)
    return replace(report, diagnosis=sentence, causes=(cause,))


def _give_dy_last(subject: FunctionSubject, name: str) -> Callable:
    backward = subject.functions[name]
    return lambda dy, *others, **options: backward(*others, dy, **options)
