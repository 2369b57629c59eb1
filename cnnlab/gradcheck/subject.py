"""Subjects: the functions under test, as the engine calls them.

Functions in this process and a worker in another one answer alike; cases, judges, diagnosis and renderers never learn
which it is.
"""

from __future__ import annotations

import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.runner.answer import Answer, Failure
from cnnlab.gradcheck.runner.calls import Call
from cnnlab.gradcheck.runner.records import record_exception
from cnnlab.gradcheck.runner.run_case import run_case
from cnnlab.gradcheck.runner.violations import TimedOut
from cnnlab.gradcheck.time_limit import OutOfTime, time_limit

#: Seconds of processor time that one case may take; a right answer in plain Python loops takes a tenth of a second.
SECONDS = 5.0


class Subject(Protocol):
    """Anything that answers a case.

    Example:
        >>> from cnnlab.gradcheck import Answer, Case
        >>> class Silent:
        ...     def run(self, case: Case) -> Answer:
        ...         return Answer()
        >>> Silent().run(Case("no input", "core", {})).grads is None
        True"""

    def run(self, case: Case) -> Answer:
        """Return the answer to one case. Whatever goes wrong inside is part of the answer and never raised.

        Args:
            case: What is asked.

        Returns:
            What came back, or why nothing did."""
        ...


class FileSubject(Subject, Protocol):
    """A subject whose other functions can be asked too: whose file holds more than one function of an exercise."""

    def change_call(self, call: Call) -> Subject:
        """Return the subject that answers with another call of the same functions.

        Args:
            call: Which of them are called, and with what.

        Returns:
            The subject."""
        ...


@dataclass(frozen=True)
class FunctionSubject:
    """Functions of this process, called directly.

    Attributes:
        functions: The functions by the names that `call` uses.
        call: Which of them are called, and with what.
        folder: The learner's folder, to trim tracebacks to the learner's own frames.
        seconds: How many seconds of processor time one case may take; what sleeps may take SLEEP_SECONDS longer, on the
            clock.
        may_compute_with_torch: Whether a backward may be written with PyTorch's tensors, as long as it does not let
            PyTorch differentiate.

    Example:
        >>> import numpy as np
        >>> from cnnlab.gradcheck import Call, Case, FunctionSubject
        >>> functions = {"forward": lambda x: (x**2, x), "backward": lambda dy, x: 2 * x * dy}
        >>> subject = FunctionSubject(functions, Call("forward", "backward"))
        >>> subject.run(Case("one entry", "core", {"x": np.array([3.0])}, dy=np.array([1.0]))).grads
        array([6.])"""

    functions: Mapping[str, Callable]
    call: Call
    folder: Path | None = None
    seconds: float = field(default_factory=lambda: SECONDS)
    may_compute_with_torch: bool = False

    def change_call(self, call: Call) -> FunctionSubject:
        """Return the subject that answers with another call of the same functions.

        Args:
            call: Which of them are called, and with what.

        Returns:
            The subject.
        """
        return replace(self, call=call)

    def run(self, case: Case) -> Answer:
        """Return the answer to one case. Whatever goes wrong inside is part of the answer and never raised.

        Args:
            case: What is asked.

        Returns:
            What came back, or why nothing did.
        """
        limit = None
        try:
            with time_limit(self.seconds) as limit:
                given = run_case(
                    self.functions,
                    self.call,
                    case.inputs,
                    case.options,
                    case.dy,
                    case.layout,
                    OutOfTime,
                    self.may_compute_with_torch,
                )
        except OutOfTime as error:
            given = Answer(error=record_exception(error, OutOfTime), seconds=self.seconds)
        if given.error is None:
            return given
        error = learner_frames(given.error, self.folder)
        if isinstance(error.cause, TimedOut):
            seconds = limit.ended_after if limit else self.seconds
            error = Failure.from_cause(TimedOut(seconds), error.frames)
        return Answer(given.y, error=error, seconds=given.seconds)


#: The engine's own folder, and those of Python and of installed packages: whose lines are not the learner's.
_ENGINE = Path(__file__).parent
_INSTALLED = tuple(Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib"))


def learner_frames(error: Failure, folder: Path | None) -> Failure:
    """Keep the learner's own frames: those in `folder`, or without one those of no engine, library or package.

    Where no frame is the learner's, the last three stay that are not the engine's.
    """

    def is_learners(file: str) -> bool:
        path = Path(file)
        if folder:
            return path.is_relative_to(folder)
        return not any(path.is_relative_to(place) for place in (_ENGINE, *_INSTALLED))

    frames = tuple(f for f in error.frames if is_learners(f.file))
    others = tuple(f for f in error.frames if not Path(f.file).is_relative_to(_ENGINE))
    return replace(error, frames=frames or others[-3:])
