"""The input and output of one case: the functions to call, and what they returned."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cnnlab.gradcheck.runner.violations import Borrowed, Cause, FailureKind, MemoryViolation


@dataclass(frozen=True)
class Call:
    """Which functions a case calls, by name, and with what.

    forward: called as forward(*inputs, **options) -> (y, cache), or None.
    function: called next; `arguments` names what it takes, in order: an input, "dy", "cache", or an input's name with
    "_shape".   options: whether it takes the options as keywords; a backward that gets the cache has them there.
    rule: whether the function is an update rule, which is followed over many steps (trajectory.py).
    flat: whether a tuple inside the returned tuple counts as its items: (loss, (w, b)) as loss, w, b.
    listed: whether a list or tuple of numbers counts as one array of them.
    functions: the inputs that are names of functions (named_functions.py); the function goes in.
    """

    forward: str | None
    function: str
    arguments: tuple[str, ...] = ("dy", "cache")
    options: bool = False
    rule: bool = False
    flat: bool = False
    listed: bool = False
    functions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Foreign:
    """A returned value that is neither an array nor None: only its type's name is kept."""

    type_name: str


@dataclass(frozen=True)
class Frame:
    """One line of a traceback."""

    file: str
    line: int
    function: str
    text: str


@dataclass(frozen=True)
class Failure:
    """Why there is no answer.

    kind: see FailureKind.   message: one sentence.   frames: the learner's own, oldest first.
    cause: what the message was made from, where the runner found it; it is not part of a report's JSON.
    ours: whether the message is the engine's or the judge's word, and not what a learner's code may have put there.
    """

    kind: FailureKind
    message: str
    frames: tuple[Frame, ...] = ()
    ours: bool = False
    cause: Cause | None = field(default=None, repr=False, compare=False, metadata={"internal": True})

    @classmethod
    def from_cause(cls, cause: Cause, frames: tuple[Frame, ...] = ()) -> Failure:
        """Return the failure with the kind and the sentence of its cause."""
        return cls(cause.kind, cause.describe(), frames, cause=cause)

    def sentence(self) -> str:
        """Return what happened and in which line."""
        if not self.frames:
            return f"{self.message}."
        last = self.frames[-1]
        return f"{self.message}, in {last.function}, line {last.line}" + (f": {last.text}" if last.text else ".")


Value = np.ndarray | Foreign | None


@dataclass(frozen=True)
class Answer:
    """What a subject gave for one case.

    y: the forward's result.   grads: the function's result; a tuple where it returned a tuple or a list.
    changed: what it did to memory that is not its own.
    error: why y or grads is missing.   seconds: of the first call.
    repeatable: whether a second call gave the same.   borrowed: whose gradients it used instead of its own, or None.
    linear: whether -2 dy gave -2 times the result, as the chain rule has it.
    """

    y: Value = None
    grads: Value | tuple[Value, ...] = None
    changed: tuple[MemoryViolation, ...] = ()
    error: Failure | None = None
    seconds: float = 0.0
    repeatable: bool = True
    borrowed: Borrowed | None = None
    linear: bool = True
