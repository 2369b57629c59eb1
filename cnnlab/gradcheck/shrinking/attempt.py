"""One attempt: a case, what came back, what is right, and in which way it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.compare import Comparison
from cnnlab.gradcheck.contract import Fault
from cnnlab.gradcheck.problem import Expected
from cnnlab.gradcheck.runner.answer import Failure, Value
from cnnlab.gradcheck.runner.violations import Raised

#: Faults that show in what came back. Of the others the numbers are right, and a case says nothing.
SHOWN_FAULTS = (Code.FORWARD, Code.STRUCTURE, Code.SHAPE, Code.FORMULA)

#: Faults whose case shows nothing: nothing came back, or something else comes back when it is done again.
HIDDEN_FAULTS = (Code.TIMEOUT, Code.NONDETERMINISTIC)


@dataclass(frozen=True)
class Attempt:
    """One case with its answer and the right one. values: what came back, by gradient."""

    case: Case
    faults: tuple[Fault, ...]
    numbers: dict[str, Comparison]
    y: Value
    values: dict[str, Value]
    expected: Expected


#: Runs a case; raises where the case is none that the op takes.
Run = Callable[[Case], Attempt]


class WayOfFailing(NamedTuple):
    """In which way a gradient fails: what a smaller case must share.

    code: of the fault, or None for wrong numbers.   what: of an exception its type and line; of numbers whether some
    are NaN or infinite that should not be.   relative_error: of wrong numbers.   scale: the largest expected entry.
    """

    code: Code | None
    what: tuple[Any, ...] = ()
    relative_error: float = 0.0
    scale: float = 0.0

    def is_shared_by(self, other: WayOfFailing | None) -> bool:
        """Return whether another failure is of the same kind, and its error as easy to see."""
        if other is None or self[:2] != other[:2]:
            return False
        vanishing = 0 < other.scale < LITTLE * min(self.scale, 1.0)
        return not vanishing and other.relative_error >= min(self.relative_error, MUCH) / 10


#: A relative error that is seen at a glance, and a share of what was expected that hardly is.
MUCH, LITTLE = 0.1, 0.01


def describe_failure(attempt: Attempt, gradient: str) -> WayOfFailing | None:
    """Return in which way a gradient fails, or None where it does not, or where its numbers do not show it."""
    blamed = [f for f in attempt.faults if f.gradient in ("", gradient)]
    if any(f.code in HIDDEN_FAULTS for f in blamed):
        return None
    raised = next((f for f in blamed if f.failure), None)
    if raised and raised.failure:
        return WayOfFailing(raised.code, _place(raised.failure))
    if _is_drawn(attempt.expected, gradient):
        return None
    numbers = attempt.numbers.get(gradient)
    if numbers and not numbers.passed:
        spoiled = bool(np.any(np.isfinite(numbers.expected) & ~np.isfinite(numbers.got)))
        largest = float(np.abs(numbers.expected[np.isfinite(numbers.expected)]).max(initial=0.0))
        return WayOfFailing(None, (spoiled,), numbers.relative, largest)
    shown = next((f for f in blamed if f.code in SHOWN_FAULTS), None)
    return WayOfFailing(shown.code) if shown else None


def _is_drawn(expected: Expected, gradient: str) -> bool:
    """Return whether any numbers would be right that are drawn well: then there are none to show."""
    value, free = expected.grads.get(gradient), expected.freedom.get(gradient)
    return value is not None and value.dtype.kind == "f" and free is not None and bool(np.all(np.isinf(free.low)))


def include_failure(faults: Iterable[Fault], failure: Failure) -> bool:
    """Return whether one of the faults is the same exception, raised by the same line, as a failure."""
    return any(fault.failure and _place(fault.failure) == _place(failure) for fault in faults)


def _place(failure: Failure) -> tuple[Any, ...]:
    """Return an exception's type and the line that raised it."""
    name = failure.cause.type_name if isinstance(failure.cause, Raised) else failure.message
    return name, *(failure.frames[-1:] and (failure.frames[-1].file, failure.frames[-1].line))
