"""Record what a backward calls, to see whether it computes its gradient itself."""

from __future__ import annotations

import gc
import inspect
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from cnnlab.gradcheck.runner.violations import Borrowed, Differenced, DifferencedAtOnce, FromLibraries

#: Libraries that differentiate for their caller, with the names that people know them by.
DIFFERENTIATORS = {"torch": "PyTorch", "jax": "JAX", "tensorflow": "TensorFlow", "autograd": "autograd"}

#: The parts of PyTorch that differentiate, and what is beside them and does not; the rest computes with tensors.
TORCH_DIFFERENTIATES = ("torch.autograd.", "torch.nn.grad.", "torch.func.", "torch._functorch.")
TORCH_SWITCHES = "torch.autograd.grad_mode"

#: Below this many entries nobody needs differences, and a few calls of the forward are as many as there are entries.
MIN_DIFFERENCED_ENTRIES = 32


class CallProfiler:
    """What a backward called: libraries that differentiate, how often the forward, and with how many numbers.

    may_compute_with_torch: whether of PyTorch only what differentiates is noted, and not arithmetic on tensors.
    """

    def __init__(self, forward: Callable | None, name: str | None, may_compute_with_torch: bool = False):
        self._may_compute_with_torch = may_compute_with_torch
        inner = inspect.unwrap(forward) if hasattr(forward, "__wrapped__") and forward else forward
        self._code = getattr(inner, "__code__", None)
        self._name, self._forwards, self._numbers = name, 0, 0
        self._libraries: set[str] = set()
        self._others: set[str] = set()  # modules that do not differentiate

    @contextmanager
    def record_calls(self) -> Iterator[None]:
        """Note the calls made in the block, in this thread and in those it starts; under a profiler note nothing.

        Meanwhile garbage waits: JAX and TensorFlow run code of theirs when it is collected, in whoever's function.
        """
        if sys.getprofile() is not None:
            yield
            return
        threads, collects, note = threading.getprofile(), gc.isenabled(), self._make_note()
        gc.disable()
        threading.setprofile(note)
        sys.setprofile(note)
        try:
            yield
        finally:
            sys.setprofile(None)
            threading.setprofile(threads)  # type: ignore[arg-type]  # None is how it was
            if collects:
                gc.enable()

    def _make_note(self) -> Callable[[Any, str, Any], None]:
        """Return the function that Python calls at every event; it takes most of the time of a profiled call.

        Compiled functions of a library are called only where it has been imported. One that is imported meanwhile runs
        its own Python code for that, which is seen.
        """
        own, name, others, libraries = self._code, self._name, self._others, self._libraries
        find_differentiator = self._find_differentiator
        compiled = any(library in sys.modules for library in DIFFERENTIATORS)

        def note(frame: Any, event: str, called: Any) -> None:
            if event == "call":
                code = frame.f_code
                if code is own or (name and code.co_name == name):
                    self._count_forward(frame)
                module = frame.f_globals.get("__name__")
            elif compiled and event == "c_call":
                module = getattr(called, "__module__", None) or type(getattr(called, "__self__", None)).__module__
            else:
                return
            if module in others or not isinstance(module, str):
                return
            library = find_differentiator(module)
            if library:
                libraries.add(library)
            else:
                others.add(module)

        return note

    def _count_forward(self, frame: Any) -> None:
        self._forwards += 1
        given = [v for v in frame.f_locals.values() if isinstance(v, np.ndarray)]
        self._numbers = max(self._numbers, max((v.size for v in given), default=0))

    def _find_differentiator(self, module: str) -> str | None:
        library = module.partition(".")[0]
        computes = module == TORCH_SWITCHES or not f"{module}.".startswith(TORCH_DIFFERENTIATES)
        if library == "torch" and self._may_compute_with_torch and computes:
            return None
        return DIFFERENTIATORS.get(library)

    def find_borrowed(self, entries: int, inputs: int) -> Borrowed | None:
        """Return whose gradient it is, or None for its own work.

        entries: of the largest gradient.   inputs: numbers in the largest input.
        Differencing calls the forward at least once for each entry, or once with as many copies of the input. A
        backward that calls it a fixed number of times on arrays of about that size, as a full correlation does, is its
        own work.
        """
        if self._libraries:
            return FromLibraries(" and ".join(sorted(self._libraries)))
        if self._forwards >= max(entries, MIN_DIFFERENCED_ENTRIES):
            return Differenced(str(self._name), self._forwards, entries)
        if self._forwards and entries >= MIN_DIFFERENCED_ENTRIES and self._numbers >= entries * inputs / 2:
            return DifferencedAtOnce(str(self._name), self._numbers)
        return None
