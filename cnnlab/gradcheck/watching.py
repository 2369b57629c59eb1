"""Seeing what a backward calls: whether its gradient is its own work.

Standard library only; this file also runs alone inside the grading worker.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

#: Libraries that differentiate for their caller, with the names that people know them by.
DIFFERENTIATORS = {"torch": "PyTorch", "jax": "JAX", "tensorflow": "TensorFlow", "autograd": "autograd"}


@dataclass
class Watched:
    """What was called: libraries that differentiate, and how often the forward."""

    libraries: set[str] = field(default_factory=set)
    forwards: int = 0


@contextmanager
def watch(forward: Callable | None) -> Iterator[Watched]:
    """Note the calls made in the block, in this thread."""
    seen = Watched()
    code = getattr(forward, "__code__", None)

    def note(frame: Any, event: str, called: Any) -> None:
        if event == "call":
            seen.forwards += code is not None and frame.f_code is code
            module = frame.f_globals.get("__name__")
        elif event == "c_call":
            owner = getattr(called, "__self__", None)
            module = getattr(called, "__module__", None) or type(owner).__module__
        else:
            return
        if isinstance(module, str) and (library := DIFFERENTIATORS.get(module.partition(".")[0])):
            seen.libraries.add(library)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield seen
    finally:
        sys.setprofile(before)


def borrowed_from(seen: Watched, name: str | None, entries: int) -> str:
    """Whose gradient it is, or "" for one's own.

    Differencing calls the forward at least once for each entry; a backward that calls it a fixed number of times, as a
    full correlation does, is its own work.
    """
    if seen.libraries:
        return " and ".join(sorted(seen.libraries))
    if seen.forwards >= max(entries, 32):
        return f"differences: it called {name} {seen.forwards} times for {entries} entries"
    return ""
