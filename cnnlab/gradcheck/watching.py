"""Seeing what a backward calls: whether its gradient is its own work.

Standard library only; this file also runs alone inside the grading worker.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

#: Libraries that differentiate for their caller, with the names that people know them by.
DIFFERENTIATORS = {"torch": "PyTorch", "jax": "JAX", "tensorflow": "TensorFlow", "autograd": "autograd"}


class Watched:
    """What a backward called: libraries that differentiate, and how often the forward."""

    def __init__(self, forward: Callable | None, name: str | None):
        self._code = getattr(inspect.unwrap(forward), "__code__", None) if forward else None
        self._name, self._libraries, self._forwards = name, set(), 0

    @contextmanager
    def calls(self) -> Iterator[None]:
        """Note the calls made in the block, in this thread; under a profiler, which would be lost, note nothing."""
        if sys.getprofile() is not None:
            yield
            return
        sys.setprofile(self._note)
        try:
            yield
        finally:
            sys.setprofile(None)

    def _note(self, frame: Any, event: str, called: Any) -> None:
        if event == "call":
            code = frame.f_code
            self._forwards += code is self._code or code.co_name == self._name
            module = frame.f_globals.get("__name__")
        elif event == "c_call":
            module = getattr(called, "__module__", None) or type(getattr(called, "__self__", None)).__module__
        else:
            return
        if isinstance(module, str) and (library := DIFFERENTIATORS.get(module.partition(".")[0])):
            self._libraries.add(library)

    def borrowed_from(self, entries: int) -> str:
        """Whose gradient it is, or "" for one's own.

        Differencing calls the forward at least once for each entry; a backward that calls it a fixed number of times,
        as a full correlation does, is its own work.
        """
        if self._libraries:
            return " and ".join(sorted(self._libraries))
        if self._forwards >= max(entries, 32):
            return f"differences: it called {self._name} {self._forwards} times for {entries} entries"
        return ""
