"""What is judged: anything that answers a case. The engine's one seam.

Functions in this process and a worker in another one answer alike; cases, judges, diagnosis and renderers never learn
which it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cnnlab.gradcheck.calling import Answer, Call, Failure, answer, failure
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.limit import OutOfTime, time_limit


class Subject(Protocol):
    """Anything that answers a case."""

    def run(self, case: Case) -> Answer:
        """The answer to one case. Whatever goes wrong inside is told in the answer and never raised."""
        ...


@dataclass(frozen=True)
class FunctionSubject:
    """Functions of this process, called directly.

    functions: by the names that `call` uses.   folder: the learner's, to trim tracebacks to the learner's own frames.
    seconds: how long one case may take.
    """

    functions: Mapping[str, Callable]
    call: Call
    folder: Path | None = None
    seconds: float = 5.0

    def run(self, case: Case) -> Answer:
        try:
            with time_limit(self.seconds):
                given = answer(self.functions, self.call, case.inputs, case.options, case.dy, case.layout)
        except OutOfTime as error:
            given = Answer(error=failure(error), seconds=self.seconds)
        if given.error is None:
            return given
        return Answer(given.y, error=self._trimmed(given.error), seconds=given.seconds)

    def _trimmed(self, error: Failure) -> Failure:
        own = tuple(f for f in error.frames if self.folder and Path(f.file).is_relative_to(self.folder))
        frames = own or error.frames[-3:]
        if error.message.startswith(OutOfTime.__name__):
            return Failure("timeout", f"no answer after {self.seconds:g} s", frames)
        return Failure(error.kind, error.message, frames)
