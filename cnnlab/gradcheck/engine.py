"""Judge a subject: run every case, compare first the forward with the right answer, then each gradient."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from cnnlab.gradcheck.case import ROUNDED, Case, Stage
from cnnlab.gradcheck.codes import VIOLATIONS, Code
from cnnlab.gradcheck.compare import Comparison, compare
from cnnlab.gradcheck.contract import Fault, find_contract_faults, find_missing_error, values_by_gradient
from cnnlab.gradcheck.diagnosis.explain import JudgedCase, explain_failures
from cnnlab.gradcheck.diagnosis.failing_cases import describe_failing_cases
from cnnlab.gradcheck.diagnosis.misplaced_values import Returned
from cnnlab.gradcheck.example import Example
from cnnlab.gradcheck.judged_case import Judged
from cnnlab.gradcheck.own_layer_problem import OwnLayerProblem
from cnnlab.gradcheck.problem import Expected, ExpectedError, Freedom, Problem
from cnnlab.gradcheck.reference.answer_key import AnswerKey, build_answer_key, reference_answer
from cnnlab.gradcheck.report import Report
from cnnlab.gradcheck.runner.answer import Answer, Failure
from cnnlab.gradcheck.runner.violations import Raised
from cnnlab.gradcheck.shrinking.attempt import Attempt, include_failure
from cnnlab.gradcheck.shrinking.make_example import make_example
from cnnlab.gradcheck.subject import FunctionSubject, Subject
from cnnlab.gradcheck.summary import compute_score, count_excluded, list_case_results, summarise_gradient
from cnnlab.gradcheck.wording import mark_hidden, write_shape

#: Seconds of processor time for all cases of one exercise; a right answer in plain Python loops takes about one.
ALL_CASES_TIMEOUT_SECONDS = 60.0

#: Seconds on the clock for the same, for functions that sleep; a busy machine stays far below it.
ALL_CASES_CLOCK_SECONDS = 240.0

#: Seconds of processor time for a smaller case, on which a loop may never end that ends on the planned ones.
TRIAL_SECONDS = 0.5


@dataclass(frozen=True)
class CheckOptions:
    """How a check is made.

    stage: "core" to leave the general cases out.   seed: for the random numbers.
    torch: True to ask both judges, False to leave PyTorch out, None as build_answer_key has it.
    lenient: leave out, and count, the cases in which the subject's own forward, or update rule, raises
    NotImplementedError.
    example: whether to look for the smallest failing case.
    cause_seconds: of processor time for the search of causes among wrong numbers; None for the usual limits alone.
    """

    stage: Stage | None = None
    seed: int = 0
    torch: bool | None = None
    lenient: bool = False
    example: bool = True
    cause_seconds: float | None = None


def judge(
    problem: Problem, subject: Subject, options: CheckOptions = CheckOptions(), key: AnswerKey | None = None
) -> Report:
    """Run a subject on every case of a problem, and report.

    Args:
        problem: What is asked, and what is right.
        subject: What answers.
        options: The stage, the seed, and which judge there is.
        key: The cases with their right answers, where they are known already.

    Returns:
        The report on every gradient of the problem.

    Example:
        >>> import numpy as np
        >>> from cnnlab.gradcheck import Call, Case, FunctionSubject, Oracle, Problem, judge
        >>> def square(x):
        ...     return x**2, x
        >>> call = Call("forward", "backward")
        >>> case = Case("two entries", "core", {"x": np.array([3.0, -1.0])}, dy=np.array([1.0, 2.0]))
        >>> oracle = Oracle(lambda seed: (case,), {"dx": "x"}, square)
        >>> subject = FunctionSubject({"forward": square, "backward": lambda dy, x: 2 * x * dy}, call)
        >>> judge(Problem("square", call, ("dx",), oracle), subject).passed
        True"""
    if isinstance(problem, OwnLayerProblem):
        return problem.judge_with(problem, subject, options)
    stage = options.stage
    started, worked = time.perf_counter(), time.thread_time()
    key = key or build_answer_key(problem.oracle, options.seed, options.torch)
    judged: list[Judged] = []
    left_out: list[Case] = []
    too_late: list[Case] = []
    for case, expected in key.cases:
        if (stage and case.stage != stage) or all(expected.grads[g] is None for g in problem.gradients):
            continue
        if any(map(_is_late, judged)):
            too_late.append(case)
            continue
        answer = _stop_if_late(judged, worked, started) or subject.run(case)
        if options.lenient and _is_unsupported(problem, answer):
            left_out.append(case)
        else:
            judged.append(judge_answer(problem, case, answer, expected))

    judged = _check_memoised_by_dy(problem, subject, _check_repeated_call(problem, judged), key)
    gradients = {name: summarise_gradient(name, judged) for name in problem.gradients}
    found = explain_failures(
        problem, subject, _list_judged_cases(judged, problem.gradients), key.judge, options.cause_seconds
    )
    first = found.causes[0] if found.causes else None
    outcomes = [(j.case, all(j.passes(g) for g in problem.gradients)) for j in judged]
    violated = any(f.code in VIOLATIONS for j in judged for f in j.faults)
    return Report(
        name=problem.name,
        score=0.0 if violated else compute_score(gradients, stage, problem),
        gradients=gradients,
        cases=list_case_results(judged, left_out, too_late, problem),
        pattern=None if problem.of == "mistake" else describe_failing_cases(problem.oracle.properties, outcomes),
        diagnosis=first.sentence if first else None,
        diagnosis_code=first.code if first else None,
        diagnosis_detail=first.detail or None if first else None,
        failure=found.failure,
        skipped=count_excluded(problem, judged, left_out, too_late),
        stage=stage,
        judge=key.judges,
        seed=options.seed,
        seconds=time.perf_counter() - started,
        of=problem.of,
        example=_make_example(problem, subject, judged, key, found.failure) if options.example else None,
        causes=found.causes,
        search_stopped=found.stopped,
    )


def _make_example(
    problem: Problem, subject: Subject, judged: list[Judged], key: AnswerKey, failure: Failure | None
) -> Example | None:
    """Return the smallest failing case of the first failing gradient for which there is one.

    failure: the one that the report names first; then a case that fails with it is shown, where there is one.
    """
    if isinstance(subject, FunctionSubject):
        subject = replace(subject, seconds=min(subject.seconds, TRIAL_SECONDS))

    def run_attempt(case: Case) -> Attempt:
        expected, answer = reference_answer(problem.oracle, key.judge, case), subject.run(case)
        followed = _follow_forward(problem, case, answer, expected)
        expected = expected if isinstance(followed, Fault) else followed
        found = judge_answer(problem, case, answer, expected)
        values = {} if answer.error else values_by_gradient(problem, answer)
        values = values if isinstance(values, dict) else {}
        return Attempt(case, found.faults, found.numbers, answer.y, values, expected)

    def right_gradient(case: Case, name: str) -> np.ndarray:
        gradient = reference_answer(problem.oracle, key.judge, case).grads[name]
        assert gradient is not None
        return gradient

    promised = {case.name for case, expected in key.cases if isinstance(expected, ExpectedError)}  # there is no number
    answered = [j for j in judged if not _is_late(j) and j.case.name not in promised]
    usual = key.cases[0][0].options if key.cases else {}
    for name in problem.gradients:
        failing = [j for j in answered if not j.passes(name)]
        failing = [j for j in failing if failure and include_failure(j.faults, failure)] or failing
        shown = [j.case for j in failing]
        example = make_example(name, shown, problem.oracle, run_attempt, right_gradient, usual) if shown else None
        if example:
            return replace(example, item_names=problem.item_names)
    return None


def _is_late(judged: Judged) -> bool:
    return any(f.code == Code.TIMEOUT for f in judged.faults)


def _stop_if_late(judged: list[Judged], worked: float, started: float) -> Answer | None:
    """Return the answer to the first case for which no time is left, or None.

    worked, started: this thread's processor time and the clock at the beginning. The clock is asked first, which costs
    less: no thread works longer than it takes.
    """
    waited = time.perf_counter() - started
    if waited < ALL_CASES_TIMEOUT_SECONDS:
        return None
    if time.thread_time() - worked > ALL_CASES_TIMEOUT_SECONDS or waited > ALL_CASES_CLOCK_SECONDS:
        return Answer(error=Failure("timeout", f"only {len(judged)} cases were answered in time"))
    return None


def _is_unsupported(problem: Problem, answer: Answer) -> bool:
    cause = answer.error.cause if answer.error else None
    return answer.y is None and isinstance(cause, Raised) and cause.type_name == NotImplementedError.__name__


def judge_answer(problem: Problem, case: Case, answer: Answer, expected: Expected) -> Judged:
    if isinstance(expected, ExpectedError):
        missing = find_missing_error(problem, case, answer, expected)
        right = {name: compare(np.zeros(0), np.zeros(0), case.tolerance) for name in expected.grads}
        return Judged(case, (missing,), {}) if missing else Judged(case, (), right)
    followed = _follow_forward(problem, case, answer, expected)
    if isinstance(followed, Fault):
        return Judged(case, (followed,), {})
    expected = followed
    forward = _find_forward_fault(problem, case, answer, expected)
    if forward:
        return Judged(case, (forward,), {})
    values = values_by_gradient(problem, answer)
    found = find_contract_faults(problem, case, answer, values, expected)
    numbers = {}
    if isinstance(values, dict):
        for name, value in values.items():
            wanted = expected.grads[name]
            if isinstance(value, np.ndarray) and wanted is not None:
                if value.shape == wanted.shape and value.dtype.kind in "fiub":
                    numbers[name] = compare_values(
                        case, value, wanted, expected.freedom.get(name), expected.errors.get(name, 0.0)
                    )
            elif value is None and wanted is None:
                numbers[name] = compare(np.zeros(0), np.zeros(0), case.tolerance)
    free = tuple(expected.freedom[name] for name in problem.gradients if name in expected.freedom)
    returned = Returned.keep(values, expected, case.tolerance) if isinstance(values, dict) else None
    return Judged(case, found, numbers, answer.linear, free, returned=returned)


def _check_repeated_call(problem: Problem, judged: list[Judged]) -> list[Judged]:
    """Check that where every first answer is right, the second, for -2 dy, was right too."""
    if all(j.linear for j in judged) or not all(j.passes(g) for j in judged for g in problem.gradients):
        return judged
    sentence = f"{problem.call.function} is right when it is first called; called again with −2·dy it is not. "
    fault = Fault(Code.NONDETERMINISTIC, sentence + "Each call must compute from its own arguments.")
    return [j if j.linear else replace(j, faults=(fault,)) for j in judged]


def _check_memoised_by_dy(problem: Problem, subject: Subject, judged: list[Judged], key: AnswerKey) -> list[Judged]:
    """Check that where everything is right, the first dy with other inputs is right too."""
    if not (key.again and judged and all(j.passes(g) for j in judged for g in problem.gradients)):
        return judged
    case, expected = key.again
    answer = subject.run(case)
    found = judge_answer(problem, case, answer, expected)
    if answer.error or all(found.passes(g) for g in problem.gradients):
        return judged
    sentence = f"{problem.call.function} answers the same dy with what it gave for other inputs. "
    fault = Fault(Code.NONDETERMINISTIC, sentence + "Each call must compute from its own arguments.")
    return [replace(judged[0], faults=(fault,)), *judged[1:]]


def compare_values(
    case: Case, value, wanted, freedom: Freedom | None = None, known: float | np.ndarray = 0.0
) -> Comparison:
    """Compare a value with the expected one, by the case's tolerance, or float32's where it was computed in it.

    Such a value is known by its numbers: every one of them is a float32 number.
    """
    numbers = compare(value, wanted, case.tolerance, freedom, known)
    if numbers.passed or case.tolerance >= ROUNDED:
        return numbers
    with np.errstate(over="ignore", invalid="ignore"):  # what float32 cannot hold was not computed in it
        narrow = np.asarray(value, np.float32)
    in_float32 = np.array_equal(narrow, value, equal_nan=True)
    return compare(value, wanted, ROUNDED, freedom, known) if in_float32 else numbers


def _follow_forward(problem: Problem, case: Case, answer: Answer, expected: Expected) -> Expected | Fault:
    """Return what is right for the y that came back, where a forward has a choice."""
    y = answer.y
    if problem.follow_forward is None or expected.y is None or not isinstance(y, np.ndarray):
        return expected
    if y.shape != expected.y.shape or y.dtype.kind != "f":
        return expected
    followed = problem.follow_forward(case, y, expected)
    return Fault(Code.FORWARD, f"{problem.call.forward} {followed}") if isinstance(followed, str) else followed


def _find_forward_fault(problem: Problem, case: Case, answer: Answer, expected: Expected) -> Fault | None:
    """Judge the forward first: gradients of a wrong one say nothing."""
    name = problem.call.forward
    if name is None or expected.y is None or (answer.y is None and answer.error):
        return None  # there is no y because of an error, which says it better
    y = answer.y
    if not isinstance(y, np.ndarray) or y.dtype.kind not in "fiub":
        return Fault(Code.FORWARD, f"{name} did not return an array of numbers for y.")
    if expected.y.dtype == np.float64 and y.dtype.kind == "f" and y.dtype.itemsize < case.precision:
        return Fault(Code.FORWARD, f"{name} is wrong: y has dtype {y.dtype}; that of the inputs is needed.")
    if y.shape != expected.y.shape:
        return Fault(
            Code.FORWARD, f"{name} is wrong: y has shape {write_shape(y.shape)}; {expected.y.shape} is needed."
        )
    compared = compare_values(case, y, expected.y)
    if compared.passed:
        return None
    if any(p.code == Code.STABILITY.value and p.label in case.has for p in problem.oracle.properties):
        share = mark_hidden(f"{100 * compared.relative:.2g}")
        off = f"y is off by up to {share} % of its largest entry"
        what = off if np.isfinite(compared.largest) else "y holds NaN or infinity"
        return Fault(Code.STABILITY, f"{name} is wrong in “{case.name}”: {what}.", late=True)
    return Fault(Code.FORWARD, f"{name} is wrong: y is not what it should be.")


def _list_judged_cases(judged: list[Judged], gradients: tuple[str, ...]) -> list[JudgedCase]:
    """Return the cases as their explanation takes them."""
    return [
        JudgedCase(
            j.case,
            j.faults,
            j.numbers,
            j.freedom,
            frozenset(name for name in gradients if not j.passes(name)),
            j.returned,
        )
        for j in judged
    ]
