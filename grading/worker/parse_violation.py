"""Restrict what a worker may report besides numbers: known names, and lines of files that the judge has too.

Behind the wire a learner's code holds the inputs of hidden cases, and what it reports is printed in its feedback. So
nothing is passed on as it came: a violation arrives as typed fields, a name in it that the exercise does not have is
left out, a number that is not a small count too, and a line of a traceback is read again from the file, by its number.
What a file can still carry out is which of its lines were running, and which cases it lets fail.
"""

from __future__ import annotations

import builtins
import math
import re
import types
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from cnnlab.escape_text import escape_line
from cnnlab.gradcheck.runner.answer import Frame
from cnnlab.gradcheck.runner.call_profiler import DIFFERENTIATORS
from cnnlab.gradcheck.runner.calls import Call, UpdateRuleCall
from cnnlab.gradcheck.runner.violations import (
    Aliased,
    Borrowed,
    Cause,
    Changed,
    Differenced,
    DifferencedAtOnce,
    FromLibraries,
    InputChanged,
    MemoryViolation,
    NotAPair,
    NotSendable,
    Overwritten,
    StepNotAnArray,
    StepNotAPair,
    StepShape,
    TimedOut,
    Unusable,
    Violation,
)
from cnnlab.loader import STUBS
from cnnlab.sourcefile import split_lines
from grading.worker.sandboxed.limits import (
    CASE_CPU_SECONDS,
    CASE_WALL_SECONDS,
    MAX_ARRAY_AXES,
    MAX_ARRAY_CELLS,
    MAX_LINE_CHARS,
    MAX_NAME_CHARS,
)
from grading.worker.sandboxed.wire import WireError

#: Types that people return by accident, by name. Another name could be made up to say something.
TYPES = (
    {kind.__name__ for module in (builtins, types) for kind in vars(module).values() if isinstance(kind, type)}
    | {kind.__name__ for kind in np.sctypeDict.values()}
    | {"ndarray", "matrix", "MaskedArray", "memmap", "recarray", "Tensor"}
)

#: dtypes that are no numbers, as NumPy writes them.
ODD_DTYPE = re.compile(r"object|(datetime|timedelta)64(\[\w{1,2}\])?|[<>|]?[USV]\d{1,3}|float128|complex256")

#: What is said where a type's name is not known.
STRANGE = "value of a type of its own"

#: Names that the runner gives to what is not an input.
GIVEN = frozenset(("dy", "cache", "param", "grad", "state"))

#: Counts of values and steps, and sizes of axes, that are shown are below this.
MAX_COUNT = 10_000

#: How Python calls code that has no name of its own.
UNNAMED = frozenset(("<module>", "<lambda>", "<listcomp>", "<genexpr>", "<dictcomp>", "<setcomp>"))


@dataclass(frozen=True)
class Words:
    """What may be reported of one exercise.

    call: its functions.   inputs: their names.   files: the submission's learner files, by name.   shapes: of the
    case's arrays.
    """

    call: Call
    inputs: Iterable[str] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    shapes: Collection[tuple[int, ...]] = ()

    def restrict_change(self, violation: Violation) -> MemoryViolation:
        """Return a change of memory that names only what everyone knows. Raises WireError for another violation."""
        match violation:
            case Changed(path):
                return Changed(self._restrict_path(path))
            case Aliased(owner):
                return Aliased(self._restrict_path(owner))
            case Overwritten():
                return violation
        raise WireError("it says that something was changed, which is no change")

    def restrict_borrowed(self, violation: Violation) -> Borrowed:
        """Return where the gradient was taken from, without a number. Raises WireError for another violation."""
        match violation:
            case FromLibraries(names) if set(names.split(" and ")) <= set(DIFFERENTIATORS.values()):
                return violation
            case Differenced(function) | DifferencedAtOnce(function) if function == self.call.forward:
                return Differenced(function)
        raise WireError("it says that a gradient was borrowed, and from nobody who is known")

    def restrict_cause(self, violation: Violation) -> Cause:
        """Return why there is no answer, with known names and small sizes only; other details are not shown."""
        match violation:
            case TimedOut(seconds):
                return TimedOut(CASE_WALL_SECONDS if seconds == CASE_WALL_SECONDS else CASE_CPU_SECONDS)
            case InputChanged(function, path):
                known = function == self.call.forward and path.partition(".")[0] in self.inputs
                name = path.partition(".")[0] if known else "something"
                return InputChanged(self.call.forward or self.call.function, name)
            case NotAPair(function, returned, length) if function == self.call.forward and _is_count(length):
                return NotAPair(function, type_name(returned), length)
            case StepNotAPair(step, returned, length) if self._is_step(step) and _is_count(length):
                return StepNotAPair(step, type_name(returned), length)
            case StepNotAnArray(step, returned) if self._is_step(step):
                return StepNotAnArray(step, type_name(returned))
            case StepShape(step, shape, needed) if self._is_step(step) and _is_shape(shape) and needed in self.shapes:
                return violation
            case NotSendable():
                return violation
            case Changed() | Aliased() | Overwritten() | FromLibraries() | Differenced() | DifferencedAtOnce():
                raise WireError("an error of no known kind")
        return Unusable(self.call.function)

    def _restrict_path(self, path: str) -> str:
        """Return the array's name, with the field of a cache that everyone was given; raise WireError for no name."""
        name, *inner = path.split(".")
        if name not in GIVEN.union(self.inputs):
            raise WireError("it says that something was changed, which is no name")
        # a field of a cache that everyone was given is shown, a field of the learner's own is not
        return f"{name}.{inner[0]}" if inner and inner[0] in _list_handed_out_words() else name

    def _is_step(self, step: int) -> bool:
        return isinstance(self.call, UpdateRuleCall) and 0 < step < MAX_COUNT

    def frame(self, file: str, line: int, function: str) -> Frame | None:
        """Return a line of a traceback, its text read from the file and not the worker; None if it has no such line."""
        name = file.rpartition("/")[2]
        text = _lines(self.files.get(name) or _read_stub(name))
        if not 0 < line <= len(text):
            return None
        known = function in UNNAMED or any(re.search(rf"\bdef\s+{re.escape(function)}\b", t) for t in text)
        return Frame(
            name,
            line,
            function if known and len(function) <= MAX_NAME_CHARS else "?",
            escape_line(text[line - 1].strip()[:MAX_LINE_CHARS]),
        )


def _is_count(length: int | None) -> bool:
    return length is None or 0 <= length < 1000


def _is_shape(shape: tuple[int, ...]) -> bool:
    return (
        len(shape) <= MAX_ARRAY_AXES
        and all(0 <= size < MAX_COUNT for size in shape)
        and (math.prod(max(size, 1) for size in shape) <= MAX_ARRAY_CELLS)
    )


def type_name(said: Any) -> str:
    """Return a type's name as the runner gives it, or a phrase for a type that the learner defined."""
    said = _text(said)
    name, _, dtype = said.partition(" of dtype ")
    known = name in TYPES and (not dtype or ODD_DTYPE.fullmatch(dtype) or dtype in TYPES)
    return said if known else STRANGE


def _text(said: Any) -> str:
    return said[: 4 * MAX_NAME_CHARS] if isinstance(said, str) else "\0"


@lru_cache(maxsize=64)
def _lines(content: bytes) -> list[str]:
    return split_lines(content.decode("utf-8", "replace"))


@lru_cache(maxsize=64)
def _read_stub(name: str) -> bytes:
    """Return a learner file as it was handed out; it stands in for a file that a submission lacks."""
    known = {path.name: path for path in STUBS.glob("*.py")}
    return known[name].read_bytes() if name in known else b""


@lru_cache(maxsize=1)
def _list_handed_out_words() -> frozenset[str]:
    """Return every word of the files that were handed out."""
    return frozenset(word for path in STUBS.glob("*.py") for word in re.findall(r"\w+", path.read_text("utf-8")))
