"""Violations of the contract, as data: changed memory, a missing answer, a gradient computed by others.

A violation crosses from the grading worker as a JSON object (`to_wire`, `from_wire`). `describe` is the only place
where it becomes a sentence; nothing reads a sentence back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, get_args

#: Why there is no answer: an exception, a returned value of no use, memory of others written to, or too much time.
FailureKind = Literal["raises", "structure", "mutation", "timeout"]


@dataclass(frozen=True)
class Changed:
    """The function under test wrote into an array that is not its own. path: "dy", "cache.x"."""

    path: str

    def describe(self) -> str:
        """Return the phrase that follows the function's name."""
        return f"changes {self.path}"


@dataclass(frozen=True)
class Aliased:
    """A result shares memory with an array that is not the function's own. owner: its path."""

    owner: str

    def describe(self) -> str:
        """Return the phrase that follows the function's name."""
        return f"returns memory that belongs to {self.owner}"


@dataclass(frozen=True)
class Overwritten:
    """A later call wrote into the result of an earlier one, or returned the same memory again."""

    def describe(self) -> str:
        """Return the phrase that follows the function's name."""
        return "overwrites the result of an earlier call"


@dataclass(frozen=True)
class FromLibraries:
    """The gradient comes from libraries that differentiate. names: joined by " and "."""

    names: str

    def describe(self) -> str:
        """Return whose gradient it is."""
        return self.names


@dataclass(frozen=True)
class Differenced:
    """The gradient comes from differences of the forward. calls, entries: 0 where they are not known."""

    function: str
    calls: int = 0
    entries: int = 0

    def describe(self) -> str:
        """Return whose gradient it is."""
        if not self.calls:
            return f"differences: it called {self.function} for each entry"
        return f"differences: it called {self.function} {self.calls} times for {self.entries} entries"


@dataclass(frozen=True)
class DifferencedAtOnce:
    """As Differenced, in one call with a copy of the input for each entry. numbers: how many went in."""

    function: str
    numbers: int

    def describe(self) -> str:
        """Return whose gradient it is."""
        copies = "a copy of the input for each entry"
        return f"differences: it called {self.function} with {self.numbers} numbers, {copies}"


@dataclass(frozen=True)
class Raised:
    """The code under test raised an exception. Its fields may hold anything that its author chose.

    bases: the names of Python's own exceptions that it is derived from, itself among them.
    """

    type_name: str
    message: str = ""
    bases: tuple[str, ...] = ()
    kind: ClassVar[FailureKind] = "raises"

    def describe(self) -> str:
        """Return the exception as Python shows it."""
        return f"{self.type_name}: {self.message}" if self.message else self.type_name


@dataclass(frozen=True)
class TimedOut:
    """The code under test did not end in time."""

    seconds: float
    kind: ClassVar[FailureKind] = "timeout"

    def describe(self) -> str:
        """Return the sentence without its full stop."""
        return f"no answer after {self.seconds:g} s"


@dataclass(frozen=True)
class InputChanged:
    """The forward wrote into an array of its caller."""

    function: str
    path: str
    kind: ClassVar[FailureKind] = "mutation"

    def describe(self) -> str:
        """Return the sentence without its full stop."""
        return f"{self.function} changes {self.path}, which belongs to its caller"


@dataclass(frozen=True)
class NotAPair:
    """The forward did not return (y, cache). length: of a tuple or list, else None."""

    function: str
    type_name: str
    length: int | None = None
    kind: ClassVar[FailureKind] = "structure"

    def describe(self) -> str:
        """Return the sentence without its full stop."""
        return f"{self.function} returned {_count(self.type_name, self.length)}; the pair (y, cache) is needed"


@dataclass(frozen=True)
class StepNotAPair:
    """A step of an update rule did not return (param, state). step: from 1.   length: of a tuple, else None."""

    step: int
    type_name: str
    length: int | None = None
    kind: ClassVar[FailureKind] = "structure"

    def describe(self) -> str:
        """Return the sentence without its full stop."""
        return f"step {self.step} returned {_count(self.type_name, self.length)}; the pair (param, state) is needed"


@dataclass(frozen=True)
class StepNotAnArray:
    """A step of an update rule returned a param that is not an array of numbers."""

    step: int
    type_name: str
    kind: ClassVar[FailureKind] = "structure"

    def describe(self) -> str:
        """Return the sentence without its full stop."""
        return f"step {self.step} returned a {self.type_name} for param; an array is needed"


@dataclass(frozen=True)
class StepShape:
    """A step of an update rule returned a param of another shape."""

    step: int
    shape: tuple[int, ...]
    needed: tuple[int, ...]
    kind: ClassVar[FailureKind] = "structure"

    def describe(self) -> str:
        """Return the sentence without its full stop."""
        return f"step {self.step} returned a param of shape {self.shape}; {self.needed} is needed"


@dataclass(frozen=True)
class NotSendable:
    """The answer cannot cross to the judge."""

    kind: ClassVar[FailureKind] = "structure"

    def describe(self) -> str:
        """Return the sentence without its full stop."""
        return "the answer cannot be sent: it is too large, or of a kind that is no number"


@dataclass(frozen=True)
class Unusable:
    """The function returned something that cannot be used, and what it was is not known."""

    function: str
    kind: ClassVar[FailureKind] = "structure"

    def describe(self) -> str:
        """Return the sentence without its full stop."""
        return f"{self.function} returned something that cannot be used"


#: Wrong although there is an answer; whose work a gradient is; why there is no answer.
MemoryViolation = Changed | Aliased | Overwritten
Borrowed = FromLibraries | Differenced | DifferencedAtOnce
Cause = Raised | TimedOut | InputChanged | NotAPair | StepNotAPair | StepNotAnArray | StepShape | NotSendable | Unusable
Violation = MemoryViolation | Borrowed | Cause

_KINDS: dict[str, type] = {kind.__name__: kind for kind in get_args(Violation)}


def _count(type_name: str, length: int | None) -> str:
    return f"a {type_name}" + ("" if length is None else f" of {length}")


def to_wire(violation: Violation) -> dict[str, Any]:
    """Return a violation as a JSON object: its class and its fields."""
    values = {f.name: getattr(violation, f.name) for f in fields(violation)}
    values = {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}
    return {"violation": type(violation).__name__, **values}


def from_wire(content: Any) -> Violation:
    """Return the violation in a JSON object of any origin. Raises ValueError for anything but exactly its fields."""
    if not isinstance(content, Mapping) or not isinstance(content.get("violation"), str):
        raise ValueError("what is wrong is not an object with a name")
    kind = _KINDS.get(content["violation"])
    if kind is None:
        raise ValueError("what is wrong has an unknown name")
    values = {name: value for name, value in content.items() if name != "violation"}
    if values.keys() != {f.name for f in fields(kind)}:
        raise ValueError(f"{kind.__name__} has other fields")
    for f in fields(kind):
        values[f.name] = _check_field(str(f.type), values[f.name])
    return kind(**values)


def _check_field(annotation: str, value: Any) -> Any:
    """Return the value of a field if its type is right, or raise ValueError."""
    right = {
        "str": isinstance(value, str),
        "int": type(value) is int,
        "int | None": value is None or type(value) is int,
        "float": type(value) in (int, float),
        "tuple[int, ...]": isinstance(value, list) and all(type(item) is int for item in value),
        "tuple[str, ...]": isinstance(value, list) and all(isinstance(item, str) for item in value),
    }[annotation]
    if not right:
        raise ValueError(f"a field is no {annotation}")
    return tuple(value) if isinstance(value, list) else value
