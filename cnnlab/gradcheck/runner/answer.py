"""The output of one case: what the functions returned, or why nothing came back."""

from __future__ import annotations

import builtins
from dataclasses import dataclass, field

import numpy as np

from cnnlab.gradcheck.runner.violations import Borrowed, Cause, FailureKind, MemoryViolation, Raised


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

    Attributes:
        kind: The kind of failure, one of FailureKind.
        message: One sentence.
        frames: The learner's own frames, oldest first.
        ours: Whether the message is the engine's or the judge's, and not what a learner's code may have put there.
        cause: What the message was made from, where the runner found it; it is not part of a report's JSON.

    Example:
        >>> from cnnlab.gradcheck import Failure
        >>> Failure("timeout", "no answer after 5 s").sentence()
        'no answer after 5 s.'"""

    kind: FailureKind
    message: str
    frames: tuple[Frame, ...] = ()
    ours: bool = False
    cause: Cause | None = field(default=None, repr=False, compare=False, metadata={"internal": True})

    @classmethod
    def from_cause(cls, cause: Cause, frames: tuple[Frame, ...] = ()) -> Failure:
        """Return the failure with the kind and the sentence of its cause.

        Args:
            cause: What went wrong.
            frames: The learner's own frames, oldest first.

        Returns:
            The failure, with its cause."""
        return cls(cause.kind, cause.describe(), frames, cause=cause)

    def sentence(self) -> str:
        """Return what happened and in which line.

        Returns:
            One sentence, with the line of the last frame where there is one."""
        message = self.message.removesuffix(".")
        if not self.frames:
            return f"{message}."
        last = self.frames[-1]
        return f"{message}, in {last.function}, line {last.line}" + (f": {last.text}" if last.text else ".")

    def hide_message(self) -> Failure:
        """Return the failure as a graded report shows it.

        An exception keeps its type, if that is one of Python's own, and the first and the last of its lines: a file can
        put its input into a message, into the name of a type, and into the order of many calls.

        Returns:
            The failure without what its author may have put there."""
        if self.ours or self.kind != "raises":
            return self
        name = self.cause.type_name if isinstance(self.cause, Raised) else ""
        known = isinstance(getattr(builtins, name, None), type)  # a type of one's own could be named for its input
        frames = (self.frames[0], self.frames[-1]) if len(self.frames) > 2 else self.frames
        return Failure(self.kind, name if known else "an exception", frames)


Value = np.ndarray | Foreign | None


@dataclass(frozen=True)
class Answer:
    """What a subject gave for one case.

    Attributes:
        y: The forward's result.
        grads: The function's result; a tuple where it returned a tuple or a list.
        changed: What it did to memory that is not its own.
        error: Why y or grads is missing.
        seconds: How long the first call took, in seconds.
        repeatable: Whether a second call gave the same.
        borrowed: Whose gradients it used instead of its own, or None.
        linear: Whether -2 dy gave -2 times the result, as the chain rule has it.

    Example:
        >>> import numpy as np
        >>> from cnnlab.gradcheck import Answer
        >>> Answer(y=np.array([9.0]), grads=np.array([6.0])).error is None
        True"""

    y: Value = None
    grads: Value | tuple[Value, ...] = None
    changed: tuple[MemoryViolation, ...] = ()
    error: Failure | None = None
    seconds: float = 0.0
    repeatable: bool = True
    borrowed: Borrowed | None = None
    linear: bool = True
