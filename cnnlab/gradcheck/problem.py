"""What is asked of a subject, apart from any course: the call, the cases, what is right and what goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.runner.answer import Call, Value

Gradients = Mapping[str, np.ndarray | None]


@dataclass(frozen=True)
class Freedom:
    """Where more than one gradient is right: at a kink any sub-gradient is.

    low, high: the ends of what is right by entry; NaN where there is no freedom, infinite where nothing is known.
    total: what all entries must still add up to, as tied cells of a pooling window do; None where that is free too.
    """

    low: np.ndarray
    high: np.ndarray
    total: float | None = None

    @property
    def kinks(self) -> int:
        """Count the entries at a kink or a tie, which are compared with bounds."""
        return int(np.isfinite(self.low).sum())

    @property
    def unknown(self) -> int:
        """Count the entries about which nothing is known."""
        return int(np.isinf(self.low).sum())


@dataclass(frozen=True)
class Expected:
    """The right answer to a case.

    y: the forward's, or None where there is no forward.   grads: every gradient by name; of a function that is no
    backward, every value that it returns.   freedom: for some of them how much freedom there is.
    errors: for some of them a bound on the absolute error of what is expected, of each entry or of all; else it is 0.
    demand: values by name -> what is wrong with one in a sentence, by name: for what cannot be held against numbers.
    """

    y: np.ndarray | None
    grads: Gradients
    freedom: Mapping[str, Freedom] = field(default_factory=dict)
    errors: Mapping[str, float | np.ndarray] = field(default_factory=dict)
    demand: Callable[[Mapping[str, np.ndarray]], Mapping[str, str]] = field(default=lambda values: {})


@dataclass(frozen=True)
class Rival:
    """A wrong formula that people really write, as code.

    gradient: the one it is wrong for.   code: its diagnosis code, see codes.py.
    sentence: the mistake in the learner's terms.
    compute: (case, right) -> the wrong array, or None where the formula cannot be computed; right(changed case) gives
    the right gradient of any case, so that a rival is written as a change of the oracle's own pieces and is no answer
    sheet.
    """

    gradient: str
    code: str
    sentence: str
    compute: Callable[[Case, Callable[[Case], np.ndarray]], np.ndarray | None]

    def __post_init__(self) -> None:
        """Raise ValueError for a code that does not exist."""
        object.__setattr__(self, "code", Code(self.code))


@dataclass(frozen=True)
class Property:
    """Something that holds for some cases and not for others, so that "fails only with stride above 1" can be said.

    label: reads after "with" ("stride above 1").   code, detail: the diagnosis when it separates failing from passing;
    with a code of "" it is only described, and makes no diagnosis.   holds: specification of a case -> whether a case
    that is drawn from it has the property; the specification is whatever the planner of the cases uses.
    """

    label: str
    code: str
    detail: str = ""
    holds: Callable[[Any], bool] = field(default=lambda spec: False, compare=False)

    def __post_init__(self) -> None:
        """Raise ValueError for a code that does not exist."""
        if self.code:
            object.__setattr__(self, "code", Code(self.code))


@dataclass(frozen=True, eq=False)
class Oracle:
    """What is right about one forward: its cases, and how to find the right answer to each. Shared by all its parts.

    Of a function that is no backward there are by_pytorch and by_numpy, and nothing is differentiated.

    plan: seed -> cases, core before general.   wrt: every gradient's name and the input it belongs to, {"dx": "x"}.
    reference: the forward as it was given, (*inputs, **options) -> (y, cache); differences are taken of it.
    by_pytorch: case -> Expected in float64, or None.   linear: inputs in which the forward is linear.
    properties, quantities: what can be said of a case; quantities are named numbers that a wrong factor may equal.
    freedom: case -> the gradients of which more than one is right there; none by default.
    by_numpy: the second judge in place of differences.
    """

    plan: Callable[[int], tuple[Case, ...]]
    wrt: Mapping[str, str] = field(default_factory=dict)
    reference: Callable | None = None
    by_pytorch: Callable[[Case], Expected] | None = None
    linear: frozenset[str] = frozenset()
    properties: tuple[Property, ...] = ()
    quantities: Callable[[Case], Mapping[str, float]] = field(default=lambda case: {})
    freedom: Callable[[Case], Mapping[str, Freedom]] = field(default=lambda case: {})
    by_numpy: Callable[[Case], Expected] | None = None


@dataclass(frozen=True, eq=False)
class Problem:
    """One thing to be judged.

    name: what it is called.   call: the functions and their arguments.   gradients: what comes back, in order.
    oracle: what is right.   rivals: wrong formulas to recognise.   may_view: whether a result may be a view of an
    argument (flatten).
    read: what came back -> the values that are judged, by name, or in a sentence why there are none; for an exercise
    whose answer is not itself what is compared, such as a hunt, where it is what the learner's cases expose.
    """

    name: str
    call: Call
    gradients: tuple[str, ...]
    oracle: Oracle
    rivals: tuple[Rival, ...] = ()
    may_view: bool = False
    read: Callable[[Value | tuple[Value, ...]], Mapping[str, Value] | str] | None = None

    @property
    def of(self) -> str:
        """Return what comes back: "gradient", or "value" of a function that is no backward."""
        return "gradient" if self.oracle.wrt else "value"
