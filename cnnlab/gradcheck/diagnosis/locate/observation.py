"""What one run of a case shows: the lines that were run, and what the names stood for at each of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Seen:
    """What a name stood for. form: "array", "number", "tuple", "function", "none" or "other".

    shape: of an array.   fields: of a named tuple or an object, the names of what it holds with what that is.
    """

    form: str
    shape: tuple[int, ...] = ()
    fields: Mapping[str, Seen] = field(default_factory=dict)


@dataclass
class Observation:
    """values: by file and line, what each name stood for when the line was first reached."""

    values: dict[tuple[str, int], dict[str, Seen]] = field(default_factory=dict)

    def ran(self, file: str, first: int, last: int) -> bool:
        """Return whether any of these lines was run."""
        return any((file, line) in self.values for line in range(first, last + 1))

    def names_at(self, file: str, first: int, last: int) -> dict[str, Seen] | None:
        """Return the names at the first of these lines that was run."""
        return next((self.values[file, n] for n in range(first, last + 1) if (file, n) in self.values), None)


def describe_value(value: Any, deep: bool = True) -> Seen:
    """Return what a value is, without its numbers."""
    if isinstance(value, np.ndarray):
        return Seen("array", value.shape)
    if isinstance(value, (bool, int, float, np.generic)):
        return Seen("number")
    if value is None:
        return Seen("none")
    if isinstance(value, tuple):
        names = getattr(value, "_fields", ())
        fields = {n: describe_value(getattr(value, n), False) for n in names} if deep else {}
        return Seen("tuple", fields=fields)
    if callable(value):
        return Seen("function")
    holds = vars(value) if deep and hasattr(value, "__dict__") else {}
    return Seen("other", fields={n: describe_value(v, False) for n, v in list(holds.items())[:20]})


@contextmanager
def observe_lines(codes: Mapping[CodeType, str]) -> Iterator[Observation]:
    """Note every line that is run of some code objects, which have the files' names beside them."""
    found = Observation()

    def trace_call(frame: Any, event: str, argument: Any) -> Callable | None:
        file = codes.get(frame.f_code)
        if file is None:
            return None

        def trace_line(frame: Any, event: str, argument: Any) -> Callable:
            place = (file, frame.f_lineno)
            if event == "line" and place not in found.values:
                found.values[place] = {n: describe_value(v) for n, v in frame.f_locals.items()}
            return trace_line

        return trace_line

    before = sys.gettrace()
    sys.settrace(trace_call)
    try:
        yield found
    finally:
        sys.settrace(before)
