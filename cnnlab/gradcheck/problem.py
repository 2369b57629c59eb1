"""Problems: the call, the cases, the right answers and known mistakes; independent of any course."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.runner.answer import Value
from cnnlab.gradcheck.runner.calls import Call

Gradients = Mapping[str, np.ndarray | None]


@dataclass(frozen=True)
class Freedom:
    """Where more than one gradient is right: at a kink any sub-gradient is.

    Attributes:
        low: The least right value of each entry; NaN where there is no freedom, infinite where nothing is known.
        high: The largest right value of each entry, in the same way.
        total: What all entries must still add up to, as tied cells of a pooling window do; None where that is free too.

    Example:
        >>> import numpy as np
        >>> from cnnlab.gradcheck import Freedom
        >>> Freedom(low=np.array([np.nan, 0.0]), high=np.array([np.nan, 1.0])).kinks
        1"""

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

    def choose_nearest(self, got: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """Return the right values that are nearest to what was got; nothing is near to what is no number.

        Args:
            got: The values that came back, of the shape of low.
            expected: One right answer, of the same shape, for the entries without freedom.

        Returns:
            Of the same shape: what is expected, and where there is freedom the bound or the value nearest to got.
        """
        return np.where(~np.isnan(self.low) & ~np.isnan(got), np.clip(got, self.low, self.high), expected)


@dataclass(frozen=True)
class Expected:
    """The right answer to a case.

    Attributes:
        y: What the forward gives, or None where there is no forward.
        grads: Every gradient by name; of a function that is no backward, every value that it returns.
        freedom: For some of them how much freedom there is.
        errors: For some of them a bound on the absolute error of what is expected, of each entry or of all; else it
            is 0.
        explain_shape: (name, value) -> what is wrong with a value of another shape, in a sentence, or None.

    Example:
        >>> import numpy as np
        >>> from cnnlab.gradcheck import Case, Expected, gradcheck
        >>> def square_answer(case: Case) -> Expected:
        ...     x = case.inputs["x"]
        ...     return Expected(x**2, {"dx": 2 * x * case.dy})
        >>> gradcheck(lambda x: x**2, lambda dy, x: 2 * x * dy, np.array([1.0, 3.0]), oracle=square_answer).passed
        True"""

    y: np.ndarray | None
    grads: Gradients
    freedom: Mapping[str, Freedom] = field(default_factory=dict)
    errors: Mapping[str, float | np.ndarray] = field(default_factory=dict)
    explain_shape: Callable[[str, np.ndarray], str | None] = field(default=lambda name, value: None, kw_only=True)


@dataclass(frozen=True)
class Requirement(Expected):
    """The right answer to a case with many right answers: what every one of them must meet, whatever its numbers.

    Attributes:
        y: None; there is no forward.
        grads: For every value an array of its shape and dtype.
        freedom: For every value how much freedom its numbers have.
        errors: As those of Expected.
        explain_shape: As that of Expected.
        find_unmet: (values by name) -> what is wrong with one in a sentence, by name; its shape and dtype are right.

    Example:
        >>> import numpy as np
        >>> from cnnlab.gradcheck import Requirement
        >>> def find_unmet(values):
        ...     return {} if values["w"].any() else {"w": "w is 0 everywhere."}
        >>> drawn = Requirement.allow_any_numbers({"w": np.zeros((2, 3))}, find_unmet)
        >>> drawn.find_unmet({"w": np.zeros((2, 3))})
        {'w': 'w is 0 everywhere.'}"""

    find_unmet: Callable[[Mapping[str, np.ndarray]], Mapping[str, str]] = field(kw_only=True)

    @classmethod
    def allow_any_numbers(
        cls,
        like: Mapping[str, np.ndarray],
        find_unmet: Callable[[Mapping[str, np.ndarray]], Mapping[str, str]],
        explain_shape: Callable[[str, np.ndarray], str | None] = lambda name, value: None,
    ) -> Requirement:
        """Return the requirement where any number may be right.

        Args:
            like: For each value an array of its shape and dtype; its numbers are not looked at.
            find_unmet: As the attribute.
            explain_shape: As the attribute.

        Returns:
            The requirement.
        """
        anything = {n: Freedom(np.full(a.shape, -np.inf), np.full(a.shape, np.inf)) for n, a in like.items()}
        return cls(None, like, anything, find_unmet=find_unmet, explain_shape=explain_shape)


@dataclass(frozen=True)
class ExpectedError(Expected):
    """The right answer to a case that has none: the function must raise, as its docstring promises.

    Attributes:
        y: None; there is no forward.
        grads: An empty array for every value.
        freedom: Empty.
        errors: Empty.
        kind: The exception's class, one of Python's own; one derived from it will do.
        why: When it is promised, in words that follow "must raise ValueError where".

    Example:
        >>> from cnnlab.gradcheck.problem import ExpectedError
        >>> ExpectedError.promise("size", why="no window fits").kind
        'ValueError'"""

    kind: str = field(default="ValueError", kw_only=True)
    why: str = field(kw_only=True)

    @classmethod
    def promise(cls, *values: str, why: str, kind: str = "ValueError") -> ExpectedError:
        """Return the promise of an exception in place of the values.

        Args:
            *values: The names of what else would come back.
            why: As the attribute.
            kind: As the attribute.

        Returns:
            The promise.
        """
        return cls(None, {name: np.zeros(0) for name in values}, why=why, kind=kind)


@dataclass(frozen=True)
class Rival:
    """A wrong formula that learners often write, as code.

    Attributes:
        gradient: The gradient that it is wrong for ("dx").
        code: Its diagnosis code, one of those in docs/codes.md.
        sentence: The mistake in the learner's terms.
        compute: (case, right) -> the wrong array, or None where the formula cannot be computed; right(changed case)
            gives the right gradient of any case, so that a rival is a change of the right answer and does not give it
            away.
        fits_wrong: From the names of all gradients that are wrong, whether this can be the mistake; None where it can
            always. A sentence on several gradients is true only where all of them are wrong.

    Raises:
        ValueError: There is no such code.

    Example:
        >>> import numpy as np
        >>> from cnnlab.gradcheck import Rival, gradcheck
        >>> sentence = "dx is x³ dy: the power of x was not lowered."
        >>> cubed = Rival("dx", "formula", sentence, lambda case, right: case.inputs["x"] ** 3 * case.dy)
        >>> x = np.array([1.0, -2.0, 0.5])
        >>> print(gradcheck(lambda x: x**3, lambda dy, x: x**3 * dy, x, rivals=[cubed]).diagnosis)
        dx is x³ dy: the power of x was not lowered."""

    gradient: str
    code: str
    sentence: str
    compute: Callable[[Case, Callable[[Case], np.ndarray]], np.ndarray | None]
    fits_wrong: Callable[[frozenset[str]], bool] | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for a code that does not exist."""
        object.__setattr__(self, "code", Code(self.code))


@dataclass(frozen=True)
class Sum:
    """The right gradient as a sum of terms that have names, to tell which of them is missing or wrong.

    Attributes:
        gradient: The gradient that it is ("dx").
        compute: case -> its terms by the words for them, each of the gradient's shape or broadcast to it; together they
            are the right answer.
        variables: case -> other arrays by their words, of the same shape, that a wrong factor may be.

    Example:
        >>> import numpy as np
        >>> from cnnlab.gradcheck import Case
        >>> from cnnlab.gradcheck.problem import Sum
        >>> product = Sum("dx", lambda case: {"dy·x": case.dy * case.inputs["x"], "dy": case.dy})
        >>> case = Case("one entry", "core", {"x": np.array([3.0])}, dy=np.array([2.0]))
        >>> sum(product.compute(case).values()).tolist()
        [8.0]"""

    gradient: str
    compute: Callable[[Case], Mapping[str, np.ndarray]]
    variables: Callable[[Case], Mapping[str, np.ndarray]] = field(default=lambda case: {})


@dataclass(frozen=True)
class Property:
    """A property of some of the cases, for reports such as "fails only with stride above 1".

    Attributes:
        label: Reads after "with" ("stride above 1").
        code: The diagnosis code when it separates failing from passing cases; with "" it is described and no diagnosis.
        detail: The short form of that diagnosis.
        holds: (specification of a case) -> whether a case that is drawn from it has the property; the specification is
            whatever the planner of the cases uses.

    Raises:
        ValueError: There is no such code.

    Example:
        >>> from cnnlab.gradcheck import Property
        >>> Property("stride above 1", "", holds=lambda options: options["stride"] > 1).holds({"stride": 2})
        True"""

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
    """The cases of one forward, and how to compute the right answer to each. Shared by all its gradients.

    Of a function that is no backward there are by_pytorch and by_numpy, and nothing is differentiated.

    Attributes:
        plan: seed -> cases, core before general.
        wrt: Every gradient's name and the input it belongs to, {"dx": "x"}.
        reference: The forward as it was given, (*inputs, **options) -> (y, cache); differences are taken of it.
        by_pytorch: case -> Expected in float64, or None where PyTorch cannot judge.
        linear: The inputs in which the forward is linear.
        properties: What can be said of a case.
        quantities: case -> named numbers that a wrong factor may equal.
        freedom: case -> the gradients of which more than one is right there; none by default.
        by_numpy: The second judge in place of differences.
        smaller: case -> smaller ones like it, the best first, to show the smallest that fails; by default arrays are
            cut and options left at their usual values.
        in_float32: Whether the reference computes in float32 inside, so that differences need large steps.
        at_points: The forward written again for many points in one call, where one of its inputs at a time cannot be
            laid side by side: (*inputs, **options) -> y with one more axis in front. Every array has that axis too: K
            points of the input that differences are taken of, and 1 in front of the others. Where it does not give
            what the reference gives, it is not used.
        axes: For dy and for inputs, a word for each axis, {"x": ("sample", "time", "feature")}: what sentences call
            them. Of other arrays, the last two of four axes are taken for the rows and columns of an image.
        formula: case -> every right gradient by its formula. Differences along one direction must confirm it in a
            case; else differences of every entry are taken.

    Example:
        >>> import numpy as np
        >>> from cnnlab.gradcheck import Case, Oracle
        >>> one = Case("one entry", "core", {"x": np.array([3.0])}, dy=np.array([1.0]))
        >>> oracle = Oracle(lambda seed: (one,), {"dx": "x"}, reference=lambda x: (x**2, x))
        >>> [case.name for case in oracle.plan(0)]
        ['one entry']"""

    plan: Callable[[int], tuple[Case, ...]]
    wrt: Mapping[str, str] = field(default_factory=dict)
    reference: Callable | None = None
    by_pytorch: Callable[[Case], Expected] | None = None
    linear: frozenset[str] = frozenset()
    properties: tuple[Property, ...] = ()
    quantities: Callable[[Case], Mapping[str, float]] = field(default=lambda case: {})
    freedom: Callable[[Case], Mapping[str, Freedom]] = field(default=lambda case: {})
    by_numpy: Callable[[Case], Expected] | None = None
    smaller: Callable[[Case], Iterable[Case]] | None = None
    in_float32: bool = False
    at_points: Callable | None = None
    axes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    formula: Callable[[Case], Gradients] | None = None


@dataclass(frozen=True, eq=False)
class Problem:
    """One thing to be judged.

    Attributes:
        name: What it is called.
        call: The functions and their arguments.
        gradients: The names of what comes back, in order.
        oracle: What is right.
        rivals: Wrong formulas to recognise.
        sums: The terms of right gradients, where they have names.
        may_view: Whether a result may be a view of an argument, as that of a flatten.
        follow_forward: (case, y, expected) -> what is right for a forward that gave this y, or in a sentence why none
            may give it, where several are right, as that of dropout with any mask; None where y is compared.
        whole: Whether only an answer that passes every case scores, as a function that was handed out nearly right.
        kept: The values that come back as they were handed in; they score only as far as the others are right.
        item_names: By input, what the items of a tuple are called in reports ("g": ("g.w1", "g.b1")), as among the
            results.

    Example:
        >>> from cnnlab.gradcheck import Call, Oracle, Problem
        >>> call = Call("square_forward", "square_backward")
        >>> Problem("square_backward", call, ("dx",), Oracle(lambda seed: (), {"dx": "x"})).of
        'gradient'"""

    name: str
    call: Call
    gradients: tuple[str, ...]
    oracle: Oracle
    rivals: tuple[Rival, ...] = ()
    may_view: bool = False
    sums: tuple[Sum, ...] = ()
    follow_forward: Callable[[Case, np.ndarray, Expected], Expected | str] | None = None
    whole: bool = False
    kept: frozenset[str] = frozenset()
    item_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict, kw_only=True)

    @property
    def of(self) -> str:
        """Return what is judged: "gradient", or "value" of a function that is no backward; others have their own."""
        return "gradient" if self.oracle.wrt else "value"

    @property
    def functions(self) -> tuple[str, ...]:
        """Return the names of every function that is called."""
        return tuple(name for name in (self.call.forward, self.call.function) if name)

    @property
    def prerequisites(self) -> tuple[str, ...]:
        """Return the names of the functions that must be written before anything can be judged."""
        return (self.name,)


@dataclass(frozen=True, eq=False)
class HuntProblem(Problem):
    """A problem whose answer is not itself compared: cases that are judged by the mistakes that they expose.

    Attributes:
        name: What it is called.
        call: The function that returns the cases.
        gradients: The names of the mistakes, in order.
        oracle: What is right.
        rivals: Wrong formulas to recognise.
        may_view: Whether a result may be a view of an argument.
        sums: Empty.
        follow_forward: None.
        whole: False.
        kept: Empty.
        item_names: Empty.
        read: What came back -> the values that are judged, by name, or in a sentence why there are none.

    Example:
        >>> import numpy as np
        >>> from cnnlab.gradcheck import FunctionCall, HuntProblem, Oracle
        >>> def read(found):
        ...     return {"m1": np.array(float((found < 0).any()))}
        >>> call = FunctionCall("hunt", returns="numbers")
        >>> problem = HuntProblem("hunt", call, ("m1",), Oracle(lambda seed: ()), read=read)
        >>> problem.read(np.array([1.0, -1.0]))
        {'m1': array(1.)}"""

    read: Callable[[Value | tuple[Value, ...]], Mapping[str, Value] | str] = field(kw_only=True)

    @property
    def of(self) -> str:
        """Return "mistake": what a hunt exposes or does not."""
        return "mistake"
