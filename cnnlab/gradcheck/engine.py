"""Judge a subject: run every case, compare first the forward with the right answer, then each gradient."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from cnnlab.gradcheck.case import CORE, ROUNDED, Case, Stage
from cnnlab.gradcheck.codes import VIOLATIONS, Code
from cnnlab.gradcheck.compare import Comparison, compare, error_map
from cnnlab.gradcheck.contract import Fault, find_contract_faults, returned_gradient, values_by_gradient
from cnnlab.gradcheck.diagnosis import Evidence, Finding, Trial, diagnose
from cnnlab.gradcheck.diagnosis.failing_cases import describe_failing_cases, name_failing_cases
from cnnlab.gradcheck.problem import Expected, Freedom, Problem
from cnnlab.gradcheck.reference.answer_key import AnswerKey, build_answer_key, reference_answer
from cnnlab.gradcheck.report import Arrays, CaseResult, CaseVerdict, GradientResult, Report
from cnnlab.gradcheck.runner.answer import Answer, Failure
from cnnlab.gradcheck.runner.violations import Raised
from cnnlab.gradcheck.subject import Subject

#: Shares of a gradient's score: what the chapter derived, and the rest.
CORE_SHARE = 0.8

#: Seconds of processor time for all cases of one exercise; a right answer in plain Python loops takes about one.
ALL_CASES_TIMEOUT_SECONDS = 60.0

#: Seconds on the clock for the same, for functions that sleep; a busy machine stays far below it.
ALL_CASES_CLOCK_SECONDS = 240.0

#: Both arrays of a failing case are shown when the gradient's last two axes fit into this.
MAX_SHOWN_AXIS = 4


@dataclass(frozen=True)
class Judged:
    """One case with its answer: violations of the contract, and the numbers that could be compared."""

    case: Case
    faults: tuple[Fault, ...]
    numbers: dict[str, Comparison]
    linear: bool = True
    freedom: tuple[Freedom, ...] = ()

    def passes(self, gradient: str) -> bool:
        blamed = any(f.gradient in ("", gradient) for f in self.faults)
        return not blamed and gradient in self.numbers and self.numbers[gradient].passed


@dataclass(frozen=True)
class CheckOptions:
    """How a check is made.

    stage: "core" to leave the general cases out.   seed: for the random numbers.
    torch: whether PyTorch judges; by default where it is installed.
    lenient: leave out, and count, the cases in which the subject's own forward raises NotImplementedError.
    """

    stage: Stage | None = None
    seed: int = 0
    torch: bool | None = None
    lenient: bool = False


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
    stage = options.stage
    started, worked = time.perf_counter(), time.thread_time()
    key = key or build_answer_key(problem.oracle, options.seed, options.torch)
    judged: list[Judged] = []
    left_out: list[Case] = []
    for case, expected in key.cases:
        if (stage and case.stage != stage) or all(expected.grads[g] is None for g in problem.gradients):
            continue
        answer = _stop_if_late(judged, time.thread_time() - worked, time.perf_counter() - started) or subject.run(case)
        if options.lenient and _is_unsupported(problem, answer):
            left_out.append(case)
        else:
            judged.append(judge_answer(problem, case, answer, expected))

    judged = _check_memoised_by_dy(problem, subject, _check_repeated_call(problem, judged), key)
    gradients = {name: _summarise_gradient(name, judged) for name in problem.gradients}
    finding, failure = _explain_failure(problem, subject, judged, key.judge)
    outcomes = [(j.case, all(j.passes(g) for g in problem.gradients)) for j in judged]
    violated = any(f.code in VIOLATIONS for j in judged for f in j.faults)
    return Report(
        name=problem.name,
        score=0.0 if violated else _compute_score(gradients, stage),
        gradients=gradients,
        cases=_list_case_results(judged, left_out, problem),
        pattern=describe_failing_cases(problem.oracle.properties, outcomes),
        diagnosis=finding.sentence if finding else None,
        diagnosis_code=finding.code if finding else None,
        diagnosis_detail=finding.detail or None if finding else None,
        failure=failure,
        skipped=_count_excluded(problem, judged, left_out),
        stage=stage,
        judge=key.judge,
        seed=options.seed,
        seconds=time.perf_counter() - started,
        of=problem.of,
    )


def _stop_if_late(judged: list[Judged], worked: float, waited: float) -> Answer | None:
    """Return the answer of all further cases after one that did not end, or when all of them take too long.

    worked: seconds of this thread's processor time.   waited: seconds on the clock.
    """
    late = next((f for j in judged for f in j.faults if f.code == Code.TIMEOUT), None)
    if late:
        return Answer(error=late.failure)
    if worked > ALL_CASES_TIMEOUT_SECONDS or waited > ALL_CASES_CLOCK_SECONDS:
        return Answer(error=Failure("timeout", f"only {len(judged)} cases were answered in time"))
    return None


def _is_unsupported(problem: Problem, answer: Answer) -> bool:
    cause = answer.error.cause if answer.error else None
    return answer.y is None and isinstance(cause, Raised) and cause.type_name == NotImplementedError.__name__


def judge_answer(problem: Problem, case: Case, answer: Answer, expected: Expected) -> Judged:
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
    return Judged(case, found, numbers, answer.linear, free)


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
        return Fault(Code.FORWARD, f"{name} is wrong: y has shape {y.shape}; {expected.y.shape} is needed.")
    if not compare_values(case, y, expected.y).passed:
        return Fault(Code.FORWARD, f"{name} is wrong: y is not what it should be.")
    return None


def _summarise_gradient(name: str, judged: list[Judged]) -> GradientResult:
    if not judged:
        return GradientResult(name, "not judged")
    failing = [j for j in judged if not j.passes(name)]
    core_fails = any(j.case.stage == CORE for j in failing) or not any(j.case.stage == CORE for j in judged)
    verdict = "fail" if core_fails else "core" if failing else "pass"
    wrong = [j for j in failing if name in j.numbers and not j.numbers[name].passed]
    compared = [j for j in judged if name in j.numbers]
    if not compared or (failing and not wrong):
        return GradientResult(name, verdict)
    shown = wrong[0] if wrong else max(compared, key=lambda j: j.numbers[name].relative)
    numbers = shown.numbers[name]
    result = GradientResult(name, verdict, numbers.expected.shape, shown.case.name, numbers.largest, numbers.relative)
    if not wrong:
        return result
    index = numbers.worst
    return replace(
        result,
        worst_index=index,
        got=float(numbers.got[index]),
        expected=float(numbers.expected[index]),
        error_map=error_map(numbers.error),
        smallest=_find_smallest_case(name, wrong),
    )


def _find_smallest_case(name: str, wrong: list[Judged]) -> Arrays | None:
    """Return the smallest failing case whose arrays can be read at a glance."""
    best = min(wrong, key=lambda j: (j.numbers[name].expected.size, j.case.size))
    numbers = best.numbers[name]
    shape = numbers.expected.shape
    if not shape:
        return None  # a single number is read in the sentence about it
    readable = numbers.expected.size == int(np.prod(shape[-2:])) and max(shape[-2:], default=1) <= MAX_SHOWN_AXIS
    return Arrays(best.case.name, numbers.got.copy(), numbers.expected.copy()) if readable else None


def _compute_score(gradients: dict[str, GradientResult], stage: Stage | None) -> float:
    """Return the mean over gradients of 0.8 for every core case and 0.2 for every case."""
    if not gradients:
        return 0.0
    general = 0.0 if stage else 1 - CORE_SHARE
    return sum(CORE_SHARE * g.core + general * g.passed for g in gradients.values()) / len(gradients)


def _explain_failure(problem, subject, judged: list[Judged], judge_name: str) -> tuple[Finding | None, Failure | None]:
    """Return the first fault in the order of codes, else the diagnosis of the first wrong gradient that has one."""
    found = [f for j in judged for f in j.faults]
    if found:
        first = min(found, key=lambda f: f.code.rank)
        cases = [(j.case, first.code not in {f.code for f in j.faults}) for j in judged]
        where = name_failing_cases(problem.oracle.properties, cases)
        return Finding(first.code, first.sentence, where or ""), first.failure
    for name in problem.gradients:
        if all(j.passes(name) for j in judged):
            continue
        evidence = _collect_evidence(problem, subject, judged, name, judge_name)
        kinks = any(f.kinks for j in judged if not j.passes(name) for f in j.freedom)
        finding = diagnose(evidence) if evidence.failing else _describe_kink_only(name) if kinks else None
        if finding:
            return finding, None
    return None, None


def _describe_kink_only(name: str) -> Finding:
    sentence = f"{name} is right wherever one answer is right, and wrong at a kink or a tie, where several are."
    return Finding(Code.KINK, sentence, "kink")


def _collect_evidence(problem: Problem, subject: Subject, judged: list[Judged], name: str, judge_name: str) -> Evidence:
    def run(case: Case) -> np.ndarray | None:
        return returned_gradient(problem, subject.run(case), name)

    def right_gradient(case: Case) -> np.ndarray:
        gradient = reference_answer(problem.oracle, judge_name, case).grads[name]
        assert gradient is not None
        return gradient

    told = [(j.case, j.numbers[name]) for j in judged if name in j.numbers]
    # where more than one answer is right, or the right one is hardly known, it tells nothing of what was meant
    unclear = [n.free or (n.vague and bool(np.isfinite(n.got).all())) for _, n in told]
    clear = [pair for pair, left_out in zip(told, unclear, strict=True) if pair[1].got.size and not left_out]
    trials = tuple(Trial(case, numbers) for case, numbers in clear)
    return Evidence(problem, name, trials, run, right_gradient)


def _count_excluded(problem: Problem, judged: list[Judged], left_out: list[Case]) -> dict[str, int]:
    """Count the entries that were not compared with one number, by reason; only gradients have kinks."""
    if problem.of != "gradient":
        return {}
    counts = {
        "cases the forward does not implement": len(left_out),
        "entries at a kink or a tie, where any sub-gradient is right": sum(f.kinks for j in judged for f in j.freedom),
        "entries too near a kink or a jump for differences": sum(f.unknown for j in judged for f in j.freedom),
    }
    return {what: count for what, count in counts.items() if count}


def _list_case_results(judged: list[Judged], left_out: list[Case], problem: Problem) -> tuple[CaseResult, ...]:
    results = []
    for j in judged:
        wrong = [g for g in problem.gradients if not j.passes(g)]
        note = "; ".join(dict.fromkeys(f.code for f in j.faults)) or ", ".join(wrong)
        results.append(_make_case_result(j.case, "fail" if wrong else "pass", note if wrong else ""))
    return (*results, *(_make_case_result(case, "left out", "the forward does not implement it") for case in left_out))


def _make_case_result(case: Case, verdict: CaseVerdict, note: str) -> CaseResult:
    return CaseResult(case.name, case.stage, tuple(sorted(case.varies)), verdict, note)
