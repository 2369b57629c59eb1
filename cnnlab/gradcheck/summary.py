"""Sum the judged cases up: the verdict on each gradient, the score, and a line for each case."""

from __future__ import annotations

from dataclasses import replace

from cnnlab.gradcheck.case import CORE, Case, Stage
from cnnlab.gradcheck.compare import error_map
from cnnlab.gradcheck.judged_case import Judged
from cnnlab.gradcheck.problem import Problem
from cnnlab.gradcheck.report import CaseResult, CaseVerdict, GradientResult

#: Shares of a gradient's score: what the chapter derived, and the rest.
CORE_SHARE = 0.8


def summarise_gradient(name: str, judged: list[Judged]) -> GradientResult:
    """Return the verdict on one gradient, with the numbers of the first case in which it is wrong."""
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
        error_map=error_map(numbers.error_beyond_tolerance),
    )


def compute_score(gradients: dict[str, GradientResult], stage: Stage | None, problem: Problem) -> float:
    """Return the mean over gradients of 0.8 for every core case and 0.2 for every case.

    Where the problem is one that scores as a whole, nothing is given for less. Values that are to be kept, for which
    nothing needs to be computed, count as far as the others are right.
    """
    if not gradients or (problem.whole and not all(g.passed for g in gradients.values())):
        return 0.0
    general = 0.0 if stage else 1 - CORE_SHARE
    shares = {name: CORE_SHARE * g.core + general * g.passed for name, g in gradients.items()}
    made = [share for name, share in shares.items() if name not in problem.kept]
    kept = [share * sum(made) / len(made) for name, share in shares.items() if name in problem.kept]
    return sum((*made, *kept)) / len(shares)


def count_excluded(
    problem: Problem, judged: list[Judged], left_out: list[Case], too_late: list[Case]
) -> dict[str, int]:
    """Count what was not judged, by reason, and the entries that were not compared with one number."""
    counts = {
        f"cases {_name_unsupporting(problem)} does not implement": len(left_out),
        "cases after the one that took too long": len(too_late),
    }
    if problem.of == "gradient":  # only gradients have kinks
        freedom = [f for j in judged for f in j.freedom]
        counts["entries at a kink or a tie, where any sub-gradient is right"] = sum(f.kinks for f in freedom)
        counts["entries too near a kink or a jump for differences"] = sum(f.unknown for f in freedom)
    return {what: count for what, count in counts.items() if count}


def _name_unsupporting(problem: Problem) -> str:
    """Return which function it is that may leave an option out."""
    return "the forward" if problem.call.forward else problem.call.function


def list_case_results(
    judged: list[Judged], left_out: list[Case], too_late: list[Case], problem: Problem
) -> tuple[CaseResult, ...]:
    """Return a line for each case: how it was judged, or why it was not."""
    results = []
    for j in judged:
        wrong = [g for g in problem.gradients if not j.passes(g)]
        note = "; ".join(dict.fromkeys(f.code for f in j.faults)) or ", ".join(wrong)
        results.append(_make_case_result(j.case, "fail" if wrong else "pass", note if wrong else ""))
    reasons = [(case, f"{_name_unsupporting(problem)} does not implement it") for case in left_out]
    reasons += [(case, "no time was left for it") for case in too_late]
    return (*results, *(_make_case_result(case, "left out", why) for case, why in reasons))


def _make_case_result(case: Case, verdict: CaseVerdict, note: str) -> CaseResult:
    return CaseResult(case.name, case.stage, tuple(sorted(case.varies)), verdict, note)
