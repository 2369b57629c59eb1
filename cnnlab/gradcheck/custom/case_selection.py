"""Turn case drafts into cases: draw dy, compute the right answer, record why a draft is skipped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from cnnlab.gradcheck.case import Case, generator
from cnnlab.gradcheck.custom.case_drafts import OTHER_SIZES, Draft
from cnnlab.gradcheck.problem import Expected, Oracle
from cnnlab.gradcheck.reference.answer_key import DIFFERENCES, AnswerKey, reference_answer, replay_with_other_inputs
from cnnlab.gradcheck.report import CaseResult, Report
from cnnlab.gradcheck.time_limit import OutOfTime

UNSUPPORTED = "the forward does not implement it"
REFUSED = "the forward does not take it"
NOT_FINITE = "its gradient is not finite"
LOSES_DIGITS = "the forward loses digits at numbers of this size"

#: More roundings than these of its largest entry, and y has lost digits inside the forward.
MAX_ROUNDINGS = 64

#: An option whose value takes more than this is not written out.
MAX_OPTION_CHARS = 40

_COUNTED = {
    UNSUPPORTED: "cases the forward does not implement",
    REFUSED: "planned cases the forward does not take",
    NOT_FINITE: "cases whose gradient is not finite",
    LOSES_DIGITS: "planned cases in which the forward loses digits",
}


@dataclass
class CaseSelection:
    """The cases with their right answers, and those that were left out with the reason."""

    cases: list[tuple[Case, Expected]] = field(default_factory=list)
    left_out: dict[str, tuple[Case, str]] = field(default_factory=dict)

    def leave_out(self, case: Case, why: str) -> None:
        self.left_out[case.name] = (case, why)

    def keep_case(self, case: Case, expected: Expected) -> None:
        """Keep a case, drawn in the first of two ways that works."""
        if not any(taken.name == case.name for taken, _ in self.cases):
            self.cases.append((case, expected))

    def build_key(self, oracle: Oracle, judge: str) -> AnswerKey:
        """Return the answer key that `judge` asks by."""
        cases = tuple(self.cases)
        return AnswerKey(cases, judge, replay_with_other_inputs(oracle, judge, tuple(case for case, _ in cases)))

    def add_to_report(self, report: Report) -> Report:
        """Return the report with the cases that were left out, counted by reason."""
        taken = {case.name for case, _ in self.cases}
        left_out = [(case, why) for name, (case, why) in self.left_out.items() if name not in taken]
        counts = {what: sum(why == reason for _, why in left_out) for reason, what in _COUNTED.items()}
        return replace(
            report,
            tried=describe_tried([case for case, _ in self.cases]),
            cases=(
                *report.cases,
                *(CaseResult(c.name, c.stage, tuple(sorted(c.varies)), "left out", why) for c, why in left_out),
            ),
            skipped={**{what: count for what, count in counts.items() if count}, **report.skipped},
        )


def describe_tried(cases: Sequence[Case]) -> str | None:
    """Return in words the shapes and options of the cases: nothing is known of others."""
    if not cases:
        return None
    parts = []
    for name in cases[0].inputs:
        shapes = dict.fromkeys(v.shape for c in cases if isinstance(v := c.inputs[name], np.ndarray))
        parts += [f"{name} {' or '.join(map(str, shapes))}"] if shapes else []
    options = dict.fromkeys(f"{key}={value!r}" for c in cases for key, value in c.options.items())
    plain = [text for text in options if len(text) <= MAX_OPTION_CHARS]
    return ", ".join([*parts, *plain]) or None


def select_cases(
    forward: Callable[[Case], Any], drafts: Sequence[Draft], oracle: Oracle, judge: str, seed: int
) -> CaseSelection:
    """Draw every upstream gradient and find every right answer; leave out what the forward does not take.

    forward: case -> y.   judge: whose answers to take, as in `right`.
    """
    planned = CaseSelection()
    for draft in drafts:
        case = draft.case
        try:
            y = np.asarray(forward(case))
            case = replace(case, dy=_draw_upstream(draft, case, y, seed))
            if draft.planned and not (np.isfinite(y).all() and (draft.samples is None or len(y) == draft.samples)):
                planned.leave_out(case, REFUSED)
                continue
            if draft.planned and case.has & OTHER_SIZES and loses_digits(forward, case, y):
                planned.leave_out(case, LOSES_DIGITS)
                continue
            expected = reference_answer(oracle, judge, case)
        except NotImplementedError:
            planned.leave_out(case, UNSUPPORTED)
        except (Exception, OutOfTime):
            if draft.planned:
                planned.leave_out(case, REFUSED)
                continue
            if case.dy is not None and judge != DIFFERENCES:
                raise  # the oracle's own failure, on a case that was asked for
            planned.keep_case(case, _make_placeholder(oracle, case))
        else:
            if not all(expected.grads[g] is None or np.isfinite(expected.grads[g]).all() for g in oracle.wrt):
                planned.leave_out(case, NOT_FINITE)
            else:
                planned.keep_case(case, expected)
    return planned


def loses_digits(forward: Callable[[Case], Any], case: Case, y: np.ndarray) -> bool:
    """Return whether y changes by more than rounding when the forward computes with more digits.

    Differences of such a forward say nothing: 1 - sigmoid(40) is 0, and so is every slope of its logarithm. A forward
    that does not take longer floats, or a system without them, shows nothing.
    """
    longer = {
        name: value.astype(np.longdouble) if isinstance(value, np.ndarray) and value.dtype == np.float64 else value
        for name, value in case.inputs.items()
    }
    try:
        precise = np.asarray(forward(replace(case, inputs=longer)), np.longdouble)
    except (Exception, OutOfTime):
        return False
    if precise.shape != y.shape or not np.isfinite(precise).all():
        return False
    largest = float(np.abs(y).max(initial=0.0))
    return bool((np.abs(precise - y) > MAX_ROUNDINGS * np.finfo(np.float64).eps * largest).any())


def _draw_upstream(draft: Draft, case: Case, y: np.ndarray, seed: int) -> Any:
    """Return the case's own dy, or draw one of y's shape and of the inputs' precision."""
    if case.dy is not None:
        if np.shape(case.dy) != y.shape:
            raise ValueError(f"dy of the case {case.name!r} has shape {np.shape(case.dy)}; y has {y.shape}")
        return case.dy
    drawn = np.asarray(draft.upstream(generator(seed, f"dy of {case.name}"), y.shape))
    return drawn.astype(np.float32 if case.precision == 4 else np.float64)[()]


def _make_placeholder(oracle: Oracle, case: Case) -> Expected:
    """Return zeros as the answer to a case whose forward fails: only the failure is reported."""
    return Expected(
        None, {g: None if (v := case.inputs[n]) is None else np.zeros(np.shape(v)) for g, n in oracle.wrt.items()}
    )
