"""Every cause of a failure: the faults of single cases, and why the numbers of each gradient are wrong."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from cnnlab.gradcheck.case import CORE, Case, Stage
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.compare import Comparison, compare
from cnnlab.gradcheck.contract import Fault, returned_gradient
from cnnlab.gradcheck.diagnosis import diagnose, known_formulas
from cnnlab.gradcheck.diagnosis.evidence import Evidence, Finding, TooSlow, Trial
from cnnlab.gradcheck.diagnosis.failing_cases import name_failing_cases
from cnnlab.gradcheck.diagnosis.misplaced_values import Returned, find_exchanged_values, find_wrong_shape
from cnnlab.gradcheck.example import Cause
from cnnlab.gradcheck.problem import Freedom, Problem
from cnnlab.gradcheck.reference.answer_key import DIFFERENCES, reference_answer
from cnnlab.gradcheck.reference.products import Usual
from cnnlab.gradcheck.runner.answer import Failure
from cnnlab.gradcheck.subject import Subject

#: Seconds of processor time, and on the clock, that a learner's code is asked again, for each gradient; code that does
#: not end is not asked at all. A busy machine takes many times as long on the clock, and its report says the same.
MAX_RUN_SECONDS = 2.0
MAX_RUN_CLOCK_SECONDS = 20.0

#: Seconds of processor time for the right answers that a diagnosis of one gradient asks for.
MAX_RIGHT_SECONDS = 10.0

#: Seconds of these that are kept for the last hypotheses, which read off what is wrong where no formula was found.
LAST_RIGHT_SECONDS = 3.0

#: Of the processor time that a search as a whole may take, the share that is kept for the same last hypotheses.
LAST_SHARE = 0.3

#: How many causes of one gradient are looked for, each among the cases that the others leave.
MAX_CAUSES = 3


@dataclass(frozen=True)
class JudgedCase:
    """What is known of one case. numbers: its gradients as they were compared.   values: as they came back."""

    case: Case
    faults: tuple[Fault, ...]
    numbers: Mapping[str, Comparison]
    freedom: tuple[Freedom, ...]
    failing: frozenset[str]
    returned: Returned | None = None


@dataclass(frozen=True)
class Explanation:
    """All causes, the first of them to be shown, and the failure that it comes from, if it is one.

    stopped: the gradients without a cause for which the search ran out of time.
    """

    causes: tuple[Cause, ...] = ()
    failure: Failure | None = None
    stopped: tuple[str, ...] = ()


class _Found(NamedTuple):
    """A cause, the failure that it comes from, and whether others of its stage are said before it.

    of_result: as in Fault.
    """

    cause: Cause
    failure: Failure | None = None
    late: bool = False
    of_result: bool = False


def explain_failures(
    problem: Problem, subject: Subject, judged: list[JudgedCase], judge_name: str, seconds: float | None = None
) -> Explanation:
    """Return why the cases fail: core before general, of these the most frequent cause first, then by code.

    A fault that is late comes after every cause of its stage that is not, and is left out where wrong numbers have
    none. seconds: of processor time for the search among wrong numbers, of all gradients together; None for the usual
    limits alone.
    """
    stopped: list[str] = []
    if not any(j.faults or j.failing for j in judged):
        return Explanation()
    exchanged = find_exchanged_values(problem, [j.returned for j in judged if j.returned])
    found = list(_explain_faults(problem, judged, exchanged))
    if exchanged:
        cases = [j.case for j in judged if j.failing and (j.numbers or any(f.code == Code.SHAPE for f in j.faults))]
        found.append(_Found(_make_cause(exchanged, "", cases, len(judged))))
    elif sum(any(f.code == Code.NONDETERMINISTIC for f in j.faults) for j in judged) < len(judged) / 2:
        found += _explain_numbers(problem, subject, judged, judge_name, seconds, stopped)
    found.sort(
        key=lambda one: (one.cause.stage != CORE, one.late, -one.cause.cases, one.of_result, one.cause.code.rank)
    )
    if found and found[0].late and _has_wrong_numbers(judged, found[0].cause.stage):
        found = [one for one in found if not one.late]
    merged: dict[str, Cause] = {}
    for cause in (one.cause for one in found):
        merged[cause.sentence] = _join_causes(merged[cause.sentence], cause) if cause.sentence in merged else cause
    return Explanation(tuple(merged.values()), found[0].failure if found else None, tuple(stopped))


def _join_causes(first: Cause, second: Cause) -> Cause:
    """Return one cause for two with the same sentence; two gradients may share their cases."""
    apart = first.gradient == second.gradient
    return replace(first, cases=first.cases + second.cases if apart else max(first.cases, second.cases))


def _has_wrong_numbers(judged: list[JudgedCase], stage: Stage) -> bool:
    """Return whether numbers are wrong in the cases of a stage, or of those before it."""
    cases = [j for j in judged if j.case.stage in (CORE, stage)]
    return any(not numbers.passed for j in cases for numbers in j.numbers.values())


def _explain_faults(problem: Problem, judged: list[JudgedCase], exchanged: Finding | None) -> Iterator[_Found]:
    """Yield a cause for each kind of fault, with the cases that have it."""
    groups: defaultdict[tuple, list[tuple[JudgedCase, Fault]]] = defaultdict(list)
    for j in judged:
        for fault in j.faults:
            if not (exchanged and fault.code == Code.SHAPE):
                groups[_describe_kind(fault)].append((j, fault))
    for group in groups.values():
        fault, names = min((f for _, f in group), key=lambda f: f.late), {j.case.name for j, _ in group}
        returned = [j.returned for j, _ in group if j.returned]
        finding = find_wrong_shape(fault, returned) if fault.code == Code.SHAPE else None
        cases = [(j.case, j.case.name not in names) for j in judged]
        where = None if problem.of == "mistake" else name_failing_cases(problem.oracle.properties, cases)
        plain = Finding(fault.code, fault.sentence, public_sentence=fault.public_sentence)
        finding = replace(finding or plain, detail=where or "")
        cause = _make_cause(finding, fault.gradient, [j.case for j, _ in group], len(judged))
        yield _Found(cause, fault.failure, fault.late, fault.of_result)


def _describe_kind(fault: Fault) -> tuple:
    """Return what two faults have in common that are one mistake."""
    failure = fault.failure
    if failure is None:
        alike = fault.late or fault.code in (Code.SHAPE, Code.FORWARD, Code.DTYPE)
        return fault.code, fault.gradient, "" if alike else fault.sentence
    frame = failure.frames[-1] if failure.frames else None
    return fault.code, fault.gradient, failure.message.split(" ", 1)[0], frame and (frame.file, frame.line)


def _explain_numbers(
    problem: Problem,
    subject: Subject,
    judged: list[JudgedCase],
    judge_name: str,
    seconds: float | None,
    stopped: list[str],
) -> Iterator[_Found]:
    """Yield the causes of wrong numbers. stopped: gets the gradients for which no time was left."""
    started = time.thread_time()
    wrong = [name for name in problem.gradients if any(name in j.failing and name in j.numbers for j in judged)]
    for number, name in enumerate(wrong):
        left = None if seconds is None else (seconds - (time.thread_time() - started)) / (len(wrong) - number)
        evidence = collect_evidence(problem, subject, judged, name, judge_name, left)
        causes = list(_explain_gradient(evidence, judged, name))
        if not causes and evidence.is_late():
            stopped.append(name)
        yield from map(_Found, causes)


def _explain_gradient(evidence: Evidence, judged: list[JudgedCase], name: str) -> Iterator[Cause]:
    """Yield the causes for one gradient, each found among the failing cases that those before it do not explain."""
    found_any = bool(evidence.failing)
    for _ in range(MAX_CAUSES):
        if not evidence.failing:
            break
        finding = diagnose(evidence)
        if finding is None:
            break
        names = {t.case.name for t in evidence.failing}
        explained = names if finding.explained is None else names & finding.explained
        yield _make_cause(finding, name, [t.case for t in evidence.failing if t.case.name in explained], len(judged))
        rest = tuple(t for t in evidence.trials if t.case.name not in explained)
        evidence = replace(evidence, trials=rest, whole=False, memory={})
        if finding.factor:
            evidence = _divide_out(evidence, finding.factor)
    yield from _explain_ties(evidence, judged, name, alone=not found_any)


def _divide_out(evidence: Evidence, factor: Callable[[Case], float]) -> Evidence:
    """Return the evidence without a factor that is known, so that what else is wrong can be seen."""

    def run(case: Case) -> np.ndarray | None:
        found = evidence.run(case)
        return None if found is None else found / factor(case)

    def divide(trial: Trial) -> Trial:
        numbers = compare(trial.numbers.got / factor(trial.case), trial.numbers.expected, trial.case.tolerance)
        return trial if trial.passed else Trial(trial.case, numbers)

    return replace(evidence, trials=tuple(map(divide, evidence.trials)), run=run)


def _explain_ties(evidence: Evidence, judged: list[JudgedCase], name: str, alone: bool) -> Iterator[Cause]:
    """Yield why cases with kinks or ties fail. alone: whether no other case does."""
    tied = {t.case.name: t.case for t in evidence.unclear if not t.passed}
    kinks = any(f.kinks for j in judged if name in j.failing for f in j.freedom)
    if not tied or not kinks:
        return
    rivals = known_formulas.find_rivals(replace(evidence, trials=evidence.unclear, partial=not alone))
    if rivals:
        finding = known_formulas.join_rivals(rivals)
        yield _make_cause(finding, name, [tied[k] for k in tied if k in (finding.explained or ())], len(judged))
    elif alone:
        failing = [t for t in evidence.unclear if not t.passed]
        finding = _describe_kink_without_number(name, failing) or _describe_kink_only(name)
        yield _make_cause(finding, name, list(tied.values()), len(judged))


def _describe_kink_without_number(name: str, failing: list[Trial]) -> Finding | None:
    """Return the finding where all that is wrong at kinks is NaN or infinite."""
    bad = [~np.isfinite(t.numbers.got) for t in failing]
    wrong = [t.numbers.error > t.numbers.tolerance * t.numbers.scale for t in failing]
    if not all(b.any() and not (w & ~b).any() for b, w in zip(bad, wrong, strict=True)):
        return None
    first = failing[0]
    index = np.unravel_index(int(np.argmax(bad[0])), bad[0].shape)
    place = f" at [{', '.join(map(str, map(int, index)))}]" if index else ""
    what = "NaN" if np.isnan(first.numbers.got[index]) else "infinite"
    sentence = (
        f"{name} is {what} at a kink, in “{first.case.name}”{place}, and right elsewhere: something like 0/0 is "
        "computed there. Every slope between those of the two sides is right."
    )
    return Finding(Code.KINK, sentence, "kink")


def _describe_kink_only(name: str) -> Finding:
    sentence = (
        f"{name} is right wherever one answer is right, and wrong at a kink or a tie. There every slope between those "
        "of the two sides is right, and of entries that tie every way of sharing that adds up to dy."
    )
    return Finding(Code.KINK, sentence, "kink")


def _make_cause(finding: Finding, gradient: str, cases: list[Case], of: int) -> Cause:
    stage = CORE if any(case.stage == CORE for case in cases) else "general"
    public = finding.public_sentence, finding.public_detail
    return Cause(finding.code, finding.sentence, finding.detail, gradient, len(cases), of, stage, *public)


def collect_evidence(
    problem: Problem,
    subject: Subject,
    judged: list[JudgedCase],
    name: str,
    judge_name: str,
    seconds: float | None = None,
) -> Evidence:
    """Return what a diagnosis of one gradient may look at. seconds: of processor time for the search as a whole."""

    stopped = any(f.code == Code.TIMEOUT for j in judged for f in j.faults)
    worked = waited = spent = 0.0
    allowed = MAX_RIGHT_SECONDS - LAST_RIGHT_SECONDS
    begun, whole = time.thread_time(), np.inf if seconds is None else max(seconds, 0.0)
    late_after = (1 - LAST_SHARE) * whole

    oracle = problem.oracle
    if judge_name == DIFFERENCES:
        oracle = replace(oracle, wrt={name: oracle.wrt[name]})  # the others would take as long
    usual: Usual = {}

    def is_late() -> bool:
        return time.thread_time() - begun > late_after

    def run(case: Case) -> np.ndarray | None:
        nonlocal worked, waited
        if stopped or worked > MAX_RUN_SECONDS or waited > MAX_RUN_CLOCK_SECONDS or is_late():
            return None
        started = time.thread_time()
        answer = subject.run(case)
        worked += time.thread_time() - started
        waited += answer.seconds
        return returned_gradient(problem, answer, name)

    def right_gradient(case: Case) -> np.ndarray:
        nonlocal spent
        if spent > allowed or is_late():
            raise TooSlow
        started = time.thread_time()
        try:
            gradient = reference_answer(oracle, judge_name, case, usual).grads[name]
        finally:
            spent += time.thread_time() - started
        assert gradient is not None
        return gradient

    def give_time() -> None:
        nonlocal allowed, late_after
        late_after = max(time.thread_time() - begun, (1 - LAST_SHARE) * whole) + LAST_SHARE * whole
        allowed = max(spent, MAX_RIGHT_SECONDS - LAST_RIGHT_SECONDS) + LAST_RIGHT_SECONDS

    trials = _omit_empty([Trial(j.case, j.numbers[name]) for j in judged if name in j.numbers])
    # where more than one answer is right, or the right one is hardly known, it tells nothing of what was meant
    clear = tuple(t for t in trials if t.numbers.got.size and not _is_unclear(t.numbers))
    unclear = tuple(t for t in trials if t.numbers.got.size and _is_unclear(t.numbers))
    return Evidence(
        problem,
        name,
        clear,
        run,
        right_gradient,
        unclear,
        problem.oracle.plan,
        give_time=give_time,
        is_late=is_late,
        wrong=frozenset(gradient for j in judged for gradient in j.failing),
    )


def _omit_empty(trials: list[Trial]) -> list[Trial]:
    """Return the trials without those of empty batches, which tell nothing of others; all, where only these fail."""
    full = [t for t in trials if all(array.size for array in t.case.arrays)]
    return full if all(t.passed for t in trials) or not all(t.passed for t in full) else trials


def _is_unclear(numbers: Comparison) -> bool:
    return numbers.free or (numbers.vague and bool(np.isfinite(numbers.got).all()))
